"""The update is so small beside the value that their sum, rounded, is the value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whygrad.causes.rule import Match, Rule
from whygrad.causes.words import number
from whygrad.flow.case import Case
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_EPSILON: Final = {"bfloat16": 2.0**-8, "float16": 2.0**-11, "float32": 2.0**-24}
_SHORT: Final = ("bfloat16", "float16")
_ADAPTIVE: Final = ("adam", "rms", "adagrad", "adadelta", "lion", "rprop")


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    rates = [h.learning_rate for h in variable.holders if h.learning_rate]
    epsilon = _EPSILON.get(variable.dtype)
    if epsilon is None or not rates or not variable.trainable:
        return
    pairs = zip(case.recording.steps, variable.steps, strict=True)
    tried = [seen for step, seen in pairs if step.stepped and seen.gradient is Gradient.FINITE]
    if len(tried) < 2 or any(seen.moved is not False for seen in tried):
        return
    seen = tried[0]
    if not seen.weight_norm or not seen.gradient_norm:
        return
    count = 1
    for size in variable.shape:
        count *= size
    # An adaptive optimizer moves each number by about the rate, whatever the gradient.
    name = variable.holders[0].optimizer
    kind = next((o.class_name for o in case.recording.optimizers if o.name == name), "").lower()
    adaptive = any(part in kind for part in _ADAPTIVE)
    step = rates[0] * (count**0.5 if adaptive else seen.gradient_norm)
    if step > 4 * epsilon * seen.weight_norm:
        return
    weight = seen.weight_norm
    yield Match(
        _severity(case),
        variable.made_at,
        lambda n: f"{n} never move{n.s}: the update is lost in the rounding of `{variable.dtype}`",
        measured=(
            f"a step of about {number(step)} on values of norm {number(weight)}: `{variable.dtype}`"
            f" keeps differences above {number(epsilon * weight)}",
        ),
        fix=Fix(
            "keep the weights in float32 and use `torch.autocast` for the arithmetic"
            if variable.dtype in _SHORT
            else "raise the learning rate, or find what makes the gradient so small"
        ),
        # Parts of a library's model that nobody placed: one line for all of them.
        group=("underflow", variable.model) if variable.made_at is None else None,
    )


def _severity(case: Case) -> Severity:
    """In full precision, where others of its optimizer move, it is the gradient that is next to
    nothing: that of a bias before a batch norm is rounding noise.
    """
    if case.variable.dtype not in _SHORT and case.run.moving & _holders(case):
        return Severity.NOTE
    return Severity.ERROR


def _holders(case: Case) -> frozenset[str]:
    return frozenset(holding.optimizer for holding in case.variable.holders)


RULE = Rule("update-underflow", in_case=in_case)
