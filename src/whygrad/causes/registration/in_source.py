"""What can be seen of this family without running anything: what a class keeps to itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whygrad.causes.registration import kept_in_source, pytrees_in_source
from whygrad.causes.registration.ordering import registering
from whygrad.causes.rule import Match
from whygrad.model.finding import Severity
from whygrad.model.source import Edit, Fix
from whygrad.source.classes.beginning import late_constructor
from whygrad.source.classes.held import Holds
from whygrad.source.classes.untracked import Sort, Untracked, untracked
from whygrad.source.edits import make_parameter, move_inside_parameter, track_container
from whygrad.source.project.project import Project

_UNLISTED: Final = (
    "so no optimizer updates {it}, `.to(device)` leaves {it} behind and `state_dict()` does not"
    " save {it}"
)
_SHAPES: Final = {"list": "List", "tuple": "List", "container": "List", "dict": "Dict"}
_SIGNS: Final = {
    "Mult": "*", "Add": "+", "Sub": "-", "Div": "/", "MatMult": "@", "Pow": "**", "USub": "-",
}  # fmt: skip


def containers(project: Project) -> Iterator[Match]:
    """Layers or parameters in a list, a tuple or a dict."""
    for found in untracked(project, Sort.CONTAINER):
        container = f"a plain {found.container}"
        names = sorted({held.name.rpartition(".")[2] for held in found.holds if held.name})
        yield Match(
            Severity.ERROR,
            found.statement,
            lambda n, container=container: (  # type: ignore[misc]
                f"what is in {n} does not train: `parameters()` does not look into {container}, "
                + _UNLISTED.format(it="it")
            ),
            evidence=(
                *((f"it holds {_listed(names)}",) if names else ()),
                _used(found),
            ),
            fix=_wrapped(project, found),
            variables=(f"self.{found.attribute}",),
        )
    yield from kept_in_source.containers(project)
    yield from pytrees_in_source.containers(project)


def tensors(project: Project) -> Iterator[Match]:
    """A tensor that asks for a gradient, in a plain attribute."""
    for found in untracked(project, Sort.TENSOR):
        edits = make_parameter(found.module, found.statement)
        yield Match(
            Severity.ERROR,
            found.statement,
            lambda n: (
                f"{n} does not train: it asks for a gradient, but a plain tensor is not listed by"
                " `parameters()`, " + _UNLISTED.format(it="it")
            ),
            evidence=(_used(found),),
            fix=registering(
                project,
                found.module,
                found.statement,
                "register it: `nn.Parameter(...)`",
                edits,
            ),
            variables=(f"self.{found.attribute}",),
        )
    yield from kept_in_source.tensors(project)
    yield from pytrees_in_source.tensors(project)


def computed(project: Project) -> Iterator[Match]:
    """The result of an operation on a parameter, kept instead of the parameter."""
    for found in untracked(project, Sort.COMPUTED):
        (held,) = found.holds
        function = held.name.rpartition(".")[2]
        op = f"`{_SIGNS[held.name]}`" if held.name in _SIGNS else f"`.{held.name}`"
        op = f"`{function}`" if function != held.name else op
        edits = move_inside_parameter(found.module, found.statement)
        yield Match(
            Severity.ERROR if found.certain else Severity.WARNING,
            found.statement,
            lambda n, op=op, sure=found.certain: _computed(n, op, sure),  # type: ignore[misc]
            evidence=(
                f"{op} makes a new tensor with a history, no leaf",
                _used(found),
            ),
            fix=registering(
                project,
                found.module,
                found.statement,
                "do the arithmetic first and wrap its result: `nn.Parameter(...)`",
                edits,
            ),
            variables=(f"self.{found.attribute}",),
        )
    yield from kept_in_source.computed(project)


def _used(found: Untracked) -> str:
    """Told of the class that computes with it: the attribute may be a mixin's."""
    names = (found.used.function or "").split(".")[:-1]
    owner = found.class_name.rpartition(".")[2]
    if names and owner not in names:
        owner = names[-1]
    return f"`{owner}` computes with it at {found.used}"


def _computed(subject: object, op: str, certain: bool) -> str:
    what = f"{subject} is no parameter but the result of {op} on one"
    if not certain:
        what = f"where {op} has anything to do, {what}"
    return f"{what}: `parameters()` does not list it, and no optimizer updates it"


def _wrapped(project: Project, found: Untracked) -> Fix:
    parameters = all(held.what is Holds.PARAMETER for held in found.holds)
    holds = "Parameter" if parameters else "Module"
    shape = _SHAPES.get(found.container, "List")
    message = f"keep it in `nn.{holds}{shape}`"
    edits: list[Edit] = []
    if found.wraps and not (found.container == "container" and shape == "Dict"):
        for module, place in ((found.module, found.statement), *found.others):
            elsewhere = place.function != found.statement.function
            more = track_container(module, place, shape, holds=holds)
            if more is None or (elsewhere and late_constructor(project, place)):
                edits = []
                break
            edits += more
    return registering(project, found.module, found.statement, message, tuple(dict.fromkeys(edits)))


def _listed(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:3]]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
