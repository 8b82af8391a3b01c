"""Ops in a stretch of the program where no gradient is recorded: `no_grad`, `inference_mode`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whygrad.causes.graph.crossing import crosses
from whygrad.causes.graph.in_source import INSIDE, cuts, not_watched
from whygrad.causes.mend import mended
from whygrad.causes.rule import Match, Rule
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.edits import (
    Edits,
    drop_decorator,
    drop_with,
    into_tape,
    with_keyword,
)
from whygrad.source.files import Sources
from whygrad.source.module import SourceModule
from whygrad.source.project.project import Project

UNWATCHED: Final = "the tape does not watch it"
"""What a backend says of a value that gradient is asked for all the same."""

_REGIONS: Final = frozenset({"no_grad", "inference_mode"})


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    if op.region is None and op.detail == UNWATCHED:
        return f"the tape that is asked for it{at(op.place)} does not watch it", ()
    if op.region is None:
        more = (op.detail,) if op.detail else ()
        return f"`{op.name}`{at(op.place)} ran where no gradient is recorded", more
    if _is_checkpoint(op):
        return (
            f"the reentrant checkpoint{at(op.region.place)} got no input that requires a gradient,"
            " so it records none for what is used inside it",
            (f"`{op.name}`{at(op.place)} ran in it",),
        )
    kind = op.region.kind
    if kind == "set_grad_enabled":
        kind = "torch.set_grad_enabled(False)"
    said = f"`{kind}`{at(op.region.place)} is in force while `{op.name}`{at(op.place)} runs"
    return said, ()


def _is_checkpoint(op: Op) -> bool:
    return op.region is not None and "checkpoint" in op.region.kind


def _place(op: Op) -> SourceLocation | None:
    return op.region.place if op.region is not None else None


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    if _is_checkpoint(op):
        message = "pass `use_reentrant=False` to the checkpoint"
        return mended(sources, _place(op), message, _not_reentrant)
    if op.region is None:
        if op.detail == UNWATCHED:
            return Fix(f"`tape.watch({_last(case)})` before it is used, or make it a variable")
        if case.recording.dialect.framework == "tensorflow":
            return mended(sources, op.place, INSIDE, into_tape)
        return Fix("run it where gradient is recorded")
    place = op.region.place
    source = (place.source or "") if place is not None else ""
    what = source if source and "\n" not in source and len(source) < 50 else op.region.kind
    return mended(sources, place, f"take `{what}` off this code", _not_disabled)


def _last(case: Case) -> str:
    return case.variable.name.rpartition(".")[2]


def _not_reentrant(module: SourceModule, place: SourceLocation) -> Edits | None:
    return with_keyword(module, place, "checkpoint", "use_reentrant", "False")


def _not_disabled(module: SourceModule, place: SourceLocation) -> Edits | None:
    """A decorator, or a `with` around what has to be recorded."""
    return drop_decorator(module, place) or drop_with(module, place, _REGIONS)


def _undone(op: Op) -> str:
    if op.region is None:
        return f"gradient recorded through `{op.name}`"
    return f"gradient recorded inside `{op.region.kind}`"


_CUTS = cuts("grad-disabled")


def _in_source(project: Project) -> Iterator[Match]:
    yield from _CUTS(project)
    yield from not_watched(project)


RULE = Rule(
    "grad-disabled",
    in_case=crosses(
        Barrier.GRAD_DISABLED, saying=_saying, mending=_mending, placing=_place, undone=_undone
    ),
    in_source=_in_source,
)
