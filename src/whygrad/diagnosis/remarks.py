"""What was seen and has no finding: said plainly, and no cause made up for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from whygrad.causes.rule import Subject
from whygrad.causes.words import every
from whygrad.causes.zero.spots import waits
from whygrad.diagnosis.judge import Judged
from whygrad.flow.case import Case
from whygrad.flow.recording import EventKind
from whygrad.flow.run import Run, moved
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Variable
from whygrad.model.report import Gradient


def remarks(run: Run, judged: Iterable[Judged]) -> Iterator[str]:
    """One sentence for each kind of thing that is not explained yet."""
    judged = tuple(judged)
    explained = {name for each in judged for name in each.names}
    steps = sum(step.differentiated for step in run.recording.steps)
    if not steps:
        return
    open_ = [
        variable
        for variable in run.recording.variables
        if variable.trainable
        and variable.leaf
        and (variable.registered or variable.holders)
        and variable.name not in explained
        and variable.name not in run.training
    ]
    seen = every(steps)
    yield from _zero(run, open_, seen)
    # `autograd.grad` leaves nothing in `.grad`: what moved with no optimizer, the script trains.
    quiet = [v for v in open_ if v.holders or not moved(v)]
    # A backward that raised got only so far.
    failed = any(event.detail for event in run.events(EventKind.DIFFERENTIATED)[-1:])
    if not failed and (lost := _names(run, quiet, Gradient.NONE, whole=True)):
        subject = Subject(lost)
        yield (
            f"{subject} got no gradient {seen} although a differentiable way leads to a loss; why"
            " was not seen"
        )
    yield from _skipped(run, judged)


def _skipped(run: Run, judged: Iterable[Judged]) -> Iterator[str]:
    """A loss scaler begins too high on purpose; with a finding about it, that is what counts."""
    skipped = run.events(EventKind.SKIPPED)
    if not skipped or any(each.cause in ("nan-gradient", "underflow") for each in judged):
        return
    count, last = len(skipped), skipped[-1].detail
    at_last = f", the last at a scale of {last}" if last else ""
    ahead = "" if run.stepped else "; if it never takes one, the loss itself is not finite"
    yield (
        f"the loss scaler left out {count} step{'s' if count > 1 else ''}{at_last}: the scaled"
        f" gradients overflowed, as they do until it has found a scale that fits{ahead}"
    )


def _zero(run: Run, open_: Iterable[Variable], seen: str) -> Iterator[str]:
    """Exactly zero, and no finding: it waits, or where it became zero could not be seen."""
    waiting: dict[str, list[str]] = {}
    unseen = []
    for variable in open_:
        case = Case(run, variable)
        if case.waiting:
            continue  # its optimizer has its turn in another phase
        if case.gradient is Gradient.ZERO and case.verdict is Verdict.WHOLE:
            partner = waits(case)
            if partner is not None:
                waiting.setdefault(partner.name, []).append(variable.name)
            else:
                unseen.append(variable.name)
    for name, names in waiting.items():
        n = Subject(tuple(names))
        yield (
            f"the gradient of {n} is exactly zero {seen}, because `{name}`, with which {n} {n.is_}"
            f" multiplied, is zero: once `{name}` has moved, {n} train{n.s} too"
        )
    if unseen:
        failed = [step.probe.failed for step in run.recording.steps if step.probe is not None]
        reason = next((why for why in failed if why), "no op was seen to hold it back")
        yield f"the gradient of {Subject(tuple(unseen))} is exactly zero {seen}; {reason}"


def _names(
    run: Run, variables: Iterable[Variable], kind: Gradient, *, whole: bool = False
) -> tuple[str, ...]:
    found = []
    for variable in variables:
        case = Case(run, variable)
        if case.gradient is kind and (not whole or case.verdict is Verdict.WHOLE):
            found.append(variable.name)
    return tuple(found)
