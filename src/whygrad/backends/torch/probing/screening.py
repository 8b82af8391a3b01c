"""Which variables look sick, by the numbers that are measured anyway: a few comparisons."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import torch

from whygrad.backends.torch.gradients import plain
from whygrad.model.report import Gradient

if TYPE_CHECKING:
    from whygrad.backends.shared.slot import Slot
    from whygrad.backends.torch.current import Row

GAP: Final = 300.0
"""Between one variable's gradient and the next smaller one's, root mean square each. In healthy
models the sizes lie close together: 90 was the widest gap seen, below a transformer's untrained
classifier; noise lies below one of 10,000 and more.
"""
LEAP: Final = 0.5
"""An update of that share of a variable's own size may have left its layer dead for good."""
WHOLE: Final = 1e-4
"""Where the gradient of all together is smaller, there is nothing to compare it with."""


def sick(rows: Iterable[Row], cleared: Collection[Slot] = (), coarse: float = 0.0) -> list[Row]:
    """The rows whose gradient is zero or not a number, or that lie far below the others; of the
    latter, none of the `cleared`. Automatic casts to half precision are as `coarse` as that.
    """
    found: list[Row] = []
    rows = list(rows)
    shaken = any(_leapt(row) for row in rows)
    finite: list[tuple[float, Row]] = []
    for row in rows:
        kind, norm = row.gradient
        if kind is Gradient.FINITE:
            if norm and row.tensor.requires_grad:
                finite.append((norm / math.sqrt(row.tensor.numel() or 1), row))
        elif kind is Gradient.NONE or not row.tensor.requires_grad:
            continue
        elif kind is not Gradient.ZERO or not _trained_before(row) or shaken:
            found.append(row)
    return found + [row for row in _far_below(finite, coarse) if row.slot not in cleared]


def is_nan(roots: Iterable[Any]) -> bool:
    """Whether a single number of which gradient was asked is none."""
    numbers = (plain(root) for root in roots if root.numel() == 1)
    return any(one is not None and bool(one.isnan().all()) for one in numbers)


def touched(rows: Iterable[Row]) -> list[Row]:
    """Of a step whose loss is nan and whose gradients are not: the zeros among them, or all."""
    asked = [row for row in rows if row.tensor.requires_grad]
    zero = [row for row in asked if row.gradient.kind is Gradient.ZERO]
    return zero or [row for row in asked if row.gradient.kind is Gradient.FINITE]


def _leapt(row: Row) -> bool:
    """Whether an update before this step changed the variable beyond recognition."""
    for seen in row.slot.steps.values():
        ratio = seen.update_ratio
        if ratio is None and seen.update_norm and seen.weight_norm:
            ratio = seen.update_norm / seen.weight_norm
        if ratio is not None and ratio >= LEAP:
            return True
    return False


def _trained_before(row: Row) -> bool:
    return any(seen.gradient is Gradient.FINITE for seen in row.slot.steps.values())


def _far_below(finite: Sequence[tuple[float, Row]], coarse: float) -> list[Row]:
    if sum(row.gradient.norm**2 for _, row in finite if row.gradient.norm) < WHOLE**2:
        return [row for _, row in finite]
    ordered = sorted(finite, key=lambda pair: pair[0])
    below = 0
    for place in range(1, len(ordered)):
        if ordered[place][0] > _gap(ordered[place - 1][1], coarse) * ordered[place - 1][0]:
            below = place
    return [row for _, row in ordered[:below]]


def _gap(row: Row, coarse: float) -> float:
    """Rounding is coarser in half precision, so noise lies nearer to what is real."""
    dtype = row.tensor.dtype
    eps = torch.finfo(dtype).eps if dtype.is_floating_point else 0.0
    return min(GAP, 0.25 / max(eps, coarse, 1e-9))
