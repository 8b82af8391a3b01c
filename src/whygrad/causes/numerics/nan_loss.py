"""A loss that is nan while no gradient is: an average of nothing, or a term that nothing made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from whygrad.causes.numerics.offence import offence
from whygrad.causes.numerics.sick import Sick, path_of
from whygrad.causes.rule import Match, Subject
from whygrad.causes.undoing import impossible
from whygrad.causes.words import at, every
from whygrad.flow.run import Run
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient, Status
from whygrad.model.source import Fix


def silent(run: Run, told: Sequence[Sick]) -> Iterator[Match]:
    """One finding for all steps in which only the loss was nan."""
    first = next((sick for sick in told if sick.variables), None)
    if first is None or first.bad is None or first.op is None:
        return
    found = offence(first)
    differentiated = sum(step.differentiated for step in run.recording.steps)
    always = len(told) == differentiated
    count = every(differentiated) if always else _some(told, differentiated)
    names = tuple(v.name for v in first.variables)
    zero = _is_zero(first)
    said, why, advice = found.said, found.why, found.advice
    if first.bad.data:
        said, why = (
            f"the data holds nan, and `{first.op.name}` reads it",
            "no op of the step made it",
        )
        advice = "look for missing values where the data is loaded: `torch.isfinite(x).all()`"
    yield Match(
        _severity(run, names, zero=zero, always=always and differentiated > 1),
        first.op.place,
        lambda n: f"{_begins(n, count, zero=zero)}: {said}{at(first.op and first.op.place)}",
        evidence=(
            why,
            "a mean over nothing passes on a gradient of 0, so no weight became nan, and none"
            " learned anything"
            if zero
            else "the nan came in along a way that no gradient takes; the loss that is logged and"
            " compared is nan all the same",
        ),
        fix=Fix(advice),
        path=path_of(first),
        variables=names,
        status=None if zero and always else Status.TRAINS,
        undo=impossible(
            "there was nothing that a gradient could have come from"
            if zero
            else "the gradients are finite as they are; it is the loss that is not"
        ),
    )


def _is_zero(sick: Sick) -> bool:
    return all(v.steps[sick.number].gradient is Gradient.ZERO for v in sick.variables)


def _severity(run: Run, names: Sequence[str], *, zero: bool, always: bool) -> Severity:
    """One batch without a label is wasted and does no harm; a run of nothing else is."""
    if not zero:
        return Severity.WARNING
    if always and not any(name in run.training for name in names):
        return Severity.ERROR
    return Severity.WARNING if always else Severity.NOTE


def _some(told: Sequence[Sick], steps: int) -> str:
    if len(told) == 1:
        return f"in step {told[0].number + 1} of {steps}"
    return f"in {len(told)} of {steps} steps"


def _begins(n: Subject, count: str, *, zero: bool) -> str:
    if zero:
        return f"the loss is nan {count}, and {n} get{n.s} a gradient of exactly zero"
    return f"the loss is nan {count}, though {n} get{n.s} a finite gradient"
