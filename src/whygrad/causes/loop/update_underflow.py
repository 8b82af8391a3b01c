"""The update is so small beside the value that their sum, rounded, is the value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from whygrad.causes.rule import Match, Rule, Undoing
from whygrad.causes.undoing import updated
from whygrad.causes.words import every, number
from whygrad.flow.case import Case
from whygrad.flow.recording import EventKind, Optimizer
from whygrad.flow.replaying import Update
from whygrad.flow.variable import Observed
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient, Status
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_EPSILON: Final = {"bfloat16": 2.0**-8, "float16": 2.0**-11, "float32": 2.0**-24}
"""Half the distance from 1 to the next number: less than that is rounded away."""
_SHORT: Final = ("bfloat16", "float16")
_ADAPTIVE: Final = ("adam", "rms", "adagrad", "adadelta", "lion", "rprop")
_EPS: Final = 1e-8
"""What adaptive optimizers divide by at least, where nothing else is said."""
_MOST: Final = 0.9
"""Where this share of the entries never moves, the rest is what lies near zero."""


@dataclass(frozen=True, slots=True)
class _Lost:
    """An entry's step and value, and how many of the entries the step did not change."""

    step: float
    value: float
    share: float

    @property
    def whole(self) -> bool:
        return self.share == 1.0


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    epsilon = _EPSILON.get(variable.dtype)
    lost = _lost(case, epsilon) if epsilon is not None and variable.trainable else None
    # What dies as zero or noise on its way has nothing to lose in an update.
    if epsilon is None or lost is None or case.deaths:
        return
    severity = _severity(case, lost)
    short = variable.dtype in _SHORT
    yield Match(
        severity,
        variable.made_at,
        lambda n: (
            f"{n} never move{n.s}: the update is lost in the rounding of `{variable.dtype}`"
            if lost.whole
            else f"{lost.share:.0%} of the entries of {n} never move: their update is lost in the"
            f" rounding of `{variable.dtype}`"
        ),
        evidence=_schedule(case),
        measured=(
            f"a step of about {number(lost.step)} an entry, on values of about"
            f" {number(lost.value)}: there `{variable.dtype}` keeps no difference below"
            f" {number(epsilon * lost.value)}; {lost.share:.0%} of the entries stay as they are"
            f" {every(len(_tried(case)))}",
        ),
        fix=Fix(
            "keep the weights in float32 and use `torch.autocast` for the arithmetic"
            if short
            else "raise the learning rate, or find what makes the gradient so small"
        ),
        # One line for all of a model: what mends one of them mends the others.
        group=("underflow", variable.model, variable.dtype, lost.whole),
        status=None if lost.whole else Status.TRAINS,
        undo=_undo(case, short),
    )


def _lost(case: Case, epsilon: float) -> _Lost | None:
    variable = case.variable
    rates = [h.learning_rate for h in variable.holders if h.learning_rate]
    tried = _tried(case)
    if not rates or len(tried) < 2:
        return None
    shares = [_share(seen) for seen in tried]
    share = min(shares)
    seen = tried[0]
    if share < _MOST or not seen.weight_norm or not seen.gradient_norm:
        return None
    count = math.prod(variable.shape)
    optimizer = _optimizer(case)
    kind = optimizer.class_name.lower() if optimizer is not None else ""
    size = seen.gradient_norm / math.sqrt(count)
    # An adaptive optimizer moves each number by about the rate, as long as the gradient is more
    # than the `eps` that is added to its size.
    adaptive = any(part in kind for part in _ADAPTIVE)
    step = rates[0] * (size / (size + _EPS) if adaptive else size)
    value = seen.weight_norm / math.sqrt(count)
    return _Lost(step, value, share) if step <= 4 * epsilon * value else None


def _tried(case: Case) -> Sequence[Observed]:
    """The steps in which an update was to be made of it."""
    pairs = zip(case.recording.steps, case.seen, strict=True)
    return [seen for step, seen in pairs if step.stepped and seen.gradient is Gradient.FINITE]


def _share(seen: Observed) -> float:
    if seen.moved is False:
        return 1.0
    return seen.stayed if seen.stayed is not None else 0.0


def _severity(case: Case, lost: _Lost) -> Severity:
    """In full precision, where others of its optimizer move, it is the gradient that is next to
    nothing: that of a bias before a batch norm is rounding noise. A rate that a schedule is about
    to raise may be enough later on.
    """
    if case.variable.dtype not in _SHORT:
        return Severity.NOTE if case.run.moving & _holders(case) else Severity.ERROR
    if case.run.events(EventKind.SCHEDULED):
        return Severity.WARNING if lost.whole else Severity.NOTE
    return Severity.ERROR if lost.whole else Severity.WARNING


def _schedule(case: Case) -> tuple[str, ...]:
    if not case.run.events(EventKind.SCHEDULED):
        return ()
    return ("a schedule sets the learning rate: if it rises, less is lost",)


def _optimizer(case: Case) -> Optimizer | None:
    names = _holders(case)
    return next((o for o in case.recording.optimizers if o.name in names), None)


def _undo(case: Case, short: bool) -> Undoing:
    optimizer = _optimizer(case)
    dtype = "float32" if short else "float64"
    update = Update(optimizer.name if optimizer is not None else None, (), dtype=dtype)
    return updated(case, f"{{n}} kept in {dtype}", update)


def _holders(case: Case) -> frozenset[str]:
    return frozenset(holding.optimizer for holding in case.variable.holders)


RULE = Rule("update-underflow", in_case=in_case, healthy_too=True)
