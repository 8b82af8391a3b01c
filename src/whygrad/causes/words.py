"""How causes put what they saw: numbers, places, lists."""

from __future__ import annotations

from collections.abc import Iterable

from whygrad.flow.recording import Optimizer, Recording
from whygrad.flow.variable import Variable
from whygrad.model.source import SourceLocation


def number(value: float | None) -> str:
    """Three figures are enough to compare by eye."""
    return "?" if value is None else f"{value:.3g}"


def at(place: SourceLocation | None) -> str:
    """` (train.py:14)`, or nothing where the place is not known."""
    return f" ({place.path}:{place.line})" if place is not None else ""


def norms(variable: Variable) -> list[float]:
    """The gradient's norms over the steps in which there was one."""
    found = (step.gradient_norm for step in variable.steps)
    return [norm for norm in found if norm is not None and norm > 0]


def growth(variable: Variable) -> str | None:
    """`0.07, 0.15, 0.22` where every step's gradient was added to the last one's."""
    seen = norms(variable)
    if len(seen) < 2 or not all(step.carried_over for step in variable.steps[1:]):
        return None
    return ", ".join(number(norm) for norm in seen)


def optimizer_named(one: Optimizer) -> str:
    """`Adam` `optimizer`, as the script calls it."""
    return f"{one.class_name} `{one.name}`"


def optimizers_named(recording: Recording) -> str:
    """All optimizers of the run, in words."""
    names = [optimizer_named(one) for one in recording.optimizers]
    if not names:
        return "an optimizer"
    if len(names) > 3:
        return f"none of the {len(names)} optimizers"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def listed(items: Iterable[str]) -> str:
    """`a`, `b` and `c`."""
    names = [f"`{item}`" for item in items]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def every(count: int) -> str:
    """In how many steps something was seen."""
    return "in the observed step" if count == 1 else f"in all {count} observed steps"
