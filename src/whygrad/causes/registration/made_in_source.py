"""What can be seen without a run of what is made, or put in another's place, at the wrong time."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.registration import kept_in_source
from whygrad.causes.rule import Match
from whygrad.model.finding import Severity
from whygrad.model.source import Fix
from whygrad.source.dataflow.losing import place_of
from whygrad.source.edits import buffer_to_parameter, copy_instead, make_once
from whygrad.source.project.project import Project
from whygrad.source.training import holding, making


def created(project: Project) -> Iterator[Match]:
    """Layers and parameters made by a model's own call."""
    for fault in making.created(project):
        found = place_of(project, fault.site)
        if fault.kind != "created" or found is None:
            continue
        # What has no name of its own is known by its class.
        kind = (found[1].source or "").partition("(")[0].rpartition(".")[2]
        yield Match(
            Severity.ERROR,
            found[1],
            lambda n: (
                f"{n} {n.is_} made anew at every call, with fresh numbers, so nothing that training"
                f" does to {n.it} stays"
            ),
            fix=Fix(kept_in_source.MAKE_ONCE, make_once(*found) or (), safe=False),
            variables=fault.names or (kind,),
        )
    yield from kept_in_source.created(project)


def replaced(project: Project) -> Iterator[Match]:
    """A variable that is given anew in each step."""
    faults = [f for f in making.created(project) if f.kind == "replaced"]
    faults += [f for f in holding.stale(project) if f.kind == "replaced"]
    for fault in faults:
        found = place_of(project, fault.site)
        if found is None:
            continue
        yield Match(
            Severity.ERROR,
            found[1],
            lambda n: (
                f"{n} {n.is_} another tensor from step to step, so no optimizer ever holds the one"
                " in use"
            ),
            fix=Fix(
                "write into it instead: `with torch.no_grad(): p.copy_(...)`",
                copy_instead(*found) or (),
                safe=False,
            ),
            variables=fault.names,
        )
    yield from kept_in_source.replaced(project)


def buffers(project: Project) -> Iterator[Match]:
    """A tensor that asks for a gradient, as a buffer."""
    for fault in making.buffers(project):
        found = place_of(project, fault.site)
        if found is None:
            continue
        module, place = found
        yield Match(
            Severity.ERROR,
            place,
            lambda n: (
                f"{n} {n.is_} registered as a buffer, so `model.parameters()` does not list {n.it}"
                f" and no optimizer updates {n.it}, though {n.its} `requires_grad=True` says that"
                " training is wanted"
            ),
            fix=Fix(
                "make it a parameter: `nn.Parameter(...)`",
                buffer_to_parameter(module, place) or (),
            ),
            variables=fault.names,
        )
    yield from kept_in_source.untrainable(project)
