"""What a replay showed, as a sentence that stands alone."""

from __future__ import annotations

import math

from whygrad.causes.rule import Expect, Subject
from whygrad.causes.words import number
from whygrad.diagnosis.proof.trial import Outcome, total


def sentence(outcome: Outcome, subject: Subject, before: float | None, after: float | None) -> str:
    """What was done and what came back: of a proof that holds, and of one that does not."""
    undo = outcome.undo
    if undo.expects is Expect.SAME_LOSS:
        return _same_loss(outcome, subject)
    lead, n = _lead(outcome, subject)
    came = _came(subject, n, after)
    if not outcome.holds:
        return f"{lead}, {_failed(outcome, subject, n, after)}"
    if undo.expects is Expect.DIFFERENT:
        return f"{lead}, {came}, where {norm(before)} was there"
    text = f"{lead}, {came} ({_was(before)})"
    if outcome.zero:
        return f"{text}: the way is open, and something else makes it zero"
    moves = [move for move in outcome.seen.updates.values() if move]
    if undo.expects is Expect.UPDATE:
        text += f", and the update moves {subject.it} by {number(total(moves))}"
    return text


def _lead(outcome: Outcome, subject: Subject) -> tuple[str, str]:
    """`with ... and the step run again`, and how the variables are called after that."""
    words, undo = outcome.undo.words, outcome.undo
    n = str(subject)
    if "{n}" in words:
        words, n = words.replace("{n}", n), "it" if subject.one else "they"
    if outcome.together:
        return f"with {words} together with the other finding, and the step run again", n
    if outcome.holds or not undo.others:
        return f"with {words} and the step run again", n
    return f"with {words}, also together with what else cuts {subject.it} off", n


def _came(subject: Subject, n: str, after: float | None) -> str:
    """The verb goes with what was named last."""
    return f"{n} get{subject.s} {_gradient(after)}"


def _gradient(value: float | None) -> str:
    if value is None:
        return "no gradient"
    if value == 0.0:
        return "a gradient of exactly zero"
    return f"a gradient of norm {norm(value)}"


def _was(before: float | None) -> str:
    if before is None:
        return "none before"
    return "zero before" if before == 0.0 else f"{norm(before)} before"


def _failed(outcome: Outcome, subject: Subject, n: str, after: float | None) -> str:
    if outcome.undo.expects is Expect.UPDATE and after:
        return f"{n} get{subject.s} {_gradient(after)}, and the update does not move {subject.it}"
    return f"{n} still get{subject.s} {_gradient(after)}"


def _same_loss(outcome: Outcome, subject: Subject) -> str:
    words = outcome.undo.words.replace("{n}", str(subject))
    lead = f"with {words} and the step run again"
    if outcome.holds:
        same = "the loss is the same to the last digit"
        return f"{lead}, {same}: nothing in it depends on {subject.it}"
    was, now = outcome.base.losses, outcome.seen.losses
    pairs = [(a, b) for a, b in zip(was, now, strict=False) if a != b]
    numbers = f" from {pairs[0][0]:.8g} to {pairs[0][1]:.8g}" if pairs else ""
    return f"{lead}, the loss changes{numbers}: something in it does depend on {subject.it}"


def norm(value: float | None) -> str:
    """Three figures, or the word for what is no number."""
    if value is None:
        return "none"
    if math.isnan(value):
        return "nan"
    return "inf" if math.isinf(value) else number(value)
