"""A backward that the person, or a library, wrote: it gives nothing back for this input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from whygrad.causes.graph.crossing import crosses
from whygrad.causes.graph.in_source import cuts
from whygrad.causes.rule import Match, Rule, Undo, Undoing
from whygrad.causes.undoing import usable
from whygrad.causes.ways import path_to_loss
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.flow.replaying import Change, ChangeKind
from whygrad.flow.trace import Verdict
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_GIVE: Final = (
    "return a gradient for every input from `backward`, and pass tensors to `apply` as arguments,"
    " not through attributes or closures"
)


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    gives = "a gradient of exactly zero" if case.gradient is Gradient.ZERO else "no gradient"
    said = f"the backward of `{op.name}`{at(op.place)} gives {gives} for this input"
    return said, (op.detail,) if op.detail else ()


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    return Fix(case.recording.dialect.spelled(_GIVE))


def _undone(op: Op) -> str:
    return f"the backward of `{op.name}` passing gradient straight through"


_cut = crosses(Barrier.CUSTOM_GRADIENT, saying=_saying, mending=_mending, undone=_undone)


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    yield from _cut(case, sources)
    variable = case.variable
    if variable.hooked_at is None or not variable.trainable or case.verdict is not Verdict.WHOLE:
        return
    if case.gradient is not Gradient.ZERO:
        return
    place = variable.hooked_at
    yield Match(
        # What came to the hook was not seen: it may have been zero already.
        Severity.WARNING,
        place,
        lambda n: (
            f"the gradient of {n} is exactly zero, and what a hook{at(place)} returns takes the"
            f" place of what backward computes for {n.it}"
        ),
        fix=Fix("look at what the hook returns, or take it away"),
        path=path_to_loss(case),
        undo=_unhooked(case),
    )


def _unhooked(case: Case) -> Undoing:
    """A replay runs none of the person's hooks."""

    def made(steps: Sequence[int]) -> Undo | str:
        found = usable(case, steps)
        if isinstance(found, str):
            return found
        step, value = found
        edges = tuple(case.recording.steps[step].graph.out_of(value))
        return Undo(step, "the hook left out", (value,), (Change(ChangeKind.OPEN, edges=edges),))

    return made


RULE = Rule("custom-gradient", in_case=in_case, in_source=cuts("custom-gradient"))
