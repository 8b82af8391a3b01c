"""Which variables look sick, by the numbers that are measured anyway: a few comparisons."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from whygrad.flow.variable import Observed
from whygrad.model.report import Gradient

T = TypeVar("T")

GAP: Final = 300.0
"""Between one variable's gradient and the next smaller one's, root mean square each. In healthy
models the sizes lie close together: 90 was the widest gap seen, below a transformer's untrained
classifier; noise lies below one of 10,000 and more.
"""
LEAP: Final = 0.5
"""An update of that share of a variable's own size may have left its layer dead for good."""
WHOLE: Final = 1e-4
"""Where the gradient of all together is smaller, there is nothing to compare it with."""


@dataclass(frozen=True, slots=True)
class Looked(Generic[T]):
    """One variable in a step, as it was measured. `row` is what a backend calls it."""

    row: T
    key: Hashable
    """What names it over all steps."""
    kind: Gradient
    norm: float | None
    entries: int
    asks: bool
    """Whether a gradient can come to it."""
    eps: float
    """Between 1 and the next number of its dtype; 0 where that is none of floats."""
    earlier: Collection[Observed]
    """What was seen of it in earlier steps."""


def sick(
    looked: Iterable[Looked[T]], cleared: Collection[object] = (), coarse: float = 0.0
) -> list[T]:
    """Those whose gradient is zero or not a number, or that lie far below the others; of the
    latter, none of the `cleared`. Automatic casts to half precision are as `coarse` as that.
    """
    found: list[T] = []
    looked = list(looked)
    shaken = any(_leapt(one) for one in looked)
    finite: list[tuple[float, Looked[T]]] = []
    for one in looked:
        if one.kind is Gradient.FINITE:
            if one.norm and one.asks:
                finite.append((one.norm / math.sqrt(one.entries or 1), one))
        elif one.kind is Gradient.NONE or not one.asks:
            continue
        elif one.kind is not Gradient.ZERO or not _trained_before(one) or shaken:
            found.append(one.row)
    return found + [o.row for o in _far_below(finite, coarse) if o.key not in cleared]


def touched(looked: Iterable[Looked[T]]) -> list[T]:
    """Of a step whose loss is nan and whose gradients are not: the zeros among them, or all."""
    asked = [one for one in looked if one.asks]
    zero = [one.row for one in asked if one.kind is Gradient.ZERO]
    return zero or [one.row for one in asked if one.kind is Gradient.FINITE]


def _leapt(one: Looked[T]) -> bool:
    """Whether an update before this step changed the variable beyond recognition."""
    for seen in one.earlier:
        ratio = seen.update_ratio
        if ratio is None and seen.update_norm and seen.weight_norm:
            ratio = seen.update_norm / seen.weight_norm
        if ratio is not None and ratio >= LEAP:
            return True
    return False


def _trained_before(one: Looked[T]) -> bool:
    return any(seen.gradient is Gradient.FINITE for seen in one.earlier)


def _far_below(finite: Sequence[tuple[float, Looked[T]]], coarse: float) -> list[Looked[T]]:
    if sum(one.norm**2 for _, one in finite if one.norm) < WHOLE**2:
        return [one for _, one in finite]
    ordered = sorted(finite, key=lambda pair: pair[0])
    below = 0
    for place in range(1, len(ordered)):
        if ordered[place][0] > _gap(ordered[place - 1][1], coarse) * ordered[place - 1][0]:
            below = place
    return [one for _, one in ordered[:below]]


def _gap(one: Looked[T], coarse: float) -> float:
    """Rounding is coarser in half precision, so noise lies nearer to what is real."""
    return min(GAP, 0.25 / max(one.eps, coarse, 1e-9))
