"""A new leaf made of a computed value: the history of the value stays behind."""

from __future__ import annotations

from functools import partial

from whygrad.causes.graph.crossing import crosses
from whygrad.causes.graph.in_source import cuts
from whygrad.causes.mend import mended
from whygrad.causes.rule import Rule
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.model.source import Fix
from whygrad.source.edits import drop_rewrap, drop_statement
from whygrad.source.files import Sources


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    if "requires_grad" in op.name:
        return (
            f"`{op.name}`{at(op.place)} asks for a gradient of a value that has no history: it"
            " makes a new leaf, and gradient ends there"
        ), ()
    return (
        f"`{op.name}`{at(op.place)} copies the value into a new tensor that does not know what it"
        " was computed from"
    ), ()


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    message = "use the computed tensor itself"
    if "requires_grad" in op.name:
        return mended(sources, op.place, message, drop_statement)
    # What was seen to go in is a tensor, or it would have been no rewrap.
    return mended(sources, op.place, message, partial(drop_rewrap, holds_tensors=True))


def _undone(op: Op) -> str:
    if "requires_grad" in op.name:
        return "the value linked to what it was computed from"
    return "the new tensor linked to what it was made of"


RULE = Rule(
    "rewrapped",
    in_case=crosses(Barrier.REWRAPPED, saying=_saying, mending=_mending, undone=_undone),
    in_source=cuts("rewrapped"),
)
