"""Which variables look sick, by the numbers that are measured anyway: a few comparisons."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import torch

from whygrad.backends.torch.gradients import plain
from whygrad.flow.measuring import screening
from whygrad.flow.measuring.screening import Looked

if TYPE_CHECKING:
    from whygrad.backends.shared.slot import Slot
    from whygrad.backends.torch.current import Row


def sick(rows: Iterable[Row], cleared: Collection[Slot] = (), coarse: float = 0.0) -> list[Row]:
    """The rows whose gradient is zero or not a number, or that lie far below the others; of the
    latter, none of the `cleared`. Automatic casts to half precision are as `coarse` as that.
    """
    return screening.sick(map(_looked, rows), cleared, coarse)


def is_nan(roots: Iterable[Any]) -> bool:
    """Whether a single number of which gradient was asked is none."""
    numbers = (plain(root) for root in roots if root.numel() == 1)
    return any(one is not None and bool(one.isnan().all()) for one in numbers)


def touched(rows: Iterable[Row]) -> list[Row]:
    """Of a step whose loss is nan and whose gradients are not: the zeros among them, or all."""
    return screening.touched(map(_looked, rows))


def _looked(row: Row) -> Looked[Row]:
    tensor = row.tensor
    return Looked(
        row,
        row.slot,
        row.gradient.kind,
        row.gradient.norm,
        tensor.numel(),
        tensor.requires_grad,
        torch.finfo(tensor.dtype).eps if tensor.dtype.is_floating_point else 0.0,
        row.slot.steps.values(),
    )
