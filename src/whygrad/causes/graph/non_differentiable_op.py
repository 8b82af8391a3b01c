"""An op through which no gradient exists: argmax, comparisons, rounding, integer casts."""

from __future__ import annotations

from whygrad.causes.graph.alternatives import alternative
from whygrad.causes.graph.crossing import crosses
from whygrad.causes.graph.in_source import cuts
from whygrad.causes.mend import mended
from whygrad.causes.rule import Rule
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.model.source import Fix
from whygrad.source.edits import straight_through
from whygrad.source.files import Sources


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    if edge.barrier is Barrier.UNEXPLAINED:
        autograd = case.recording.dialect.spelled("autograd")
        return f"{autograd} knows no way back through `{op.name}`{at(op.place)}", ()
    if edge.barrier is Barrier.INTEGER:
        return f"`{op.name}`{at(op.place)} makes integers, and those have no gradient", ()
    return f"`{op.name}`{at(op.place)} has no gradient", ()


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    instead = alternative(op.name, case.recording.dialect.edits)
    message = f"differentiable instead: {instead}"
    return mended(sources, op.place, message, straight_through, safe=False)


RULE = Rule(
    "non-differentiable-op",
    in_case=crosses(
        Barrier.NOT_DIFFERENTIABLE,
        Barrier.INTEGER,
        Barrier.UNEXPLAINED,
        saying=_saying,
        mending=_mending,
    ),
    in_source=cuts("non-differentiable-op"),
)
