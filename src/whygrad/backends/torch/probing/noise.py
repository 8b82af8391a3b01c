"""Telling a small gradient from rounding error: run the step again, its weights and data
a hair's breadth off. A real gradient hardly changes; rounding error turns out altogether different.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import torch

from whygrad.backends.torch.probing.gauge import Gauge, Sizes, sample
from whygrad.backends.torch.probing.numbers import wide
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.rounding import CHANGED, CHANGED_IN_HALF, TRIES
from whygrad.flow.measuring.ways import Spot, Ways


class Nudged(Gauge):
    """A gauge that hands over weights and data with their last digits changed."""

    def __init__(
        self,
        graph: FlowGraph,
        ways: Ways,
        look: Callable[[Spot, Any], None],
        coarsest: float,
        seed: int,
    ) -> None:
        super().__init__(graph, ways, look)
        self.coarsest = coarsest
        self.seed = seed

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if tensor.is_leaf and tensor.is_floating_point() and tensor.layout is torch.strided:
            tensor = tensor + self._nudge(source, tensor.detach(), tensor.requires_grad)
        return super().operand(record, position, source, tensor)

    def _nudge(self, source: int, tensor: Any, asks: bool) -> Any:
        by = max(_digits(tensor.dtype), 2 * self.coarsest * (self.coarsest > 1e-5))
        generator = torch.Generator(tensor.device).manual_seed(self.seed + 8 * source)
        signs = torch.empty_like(tensor).bernoulli_(0.5, generator=generator)
        moved = tensor * (by * (2 * signs - 1))
        if not asks:
            # Whole numbers among the data are counts, labels and masks, which may be compared.
            moved = torch.where(tensor.isfinite() & (tensor != tensor.round()), moved, 0)
        return moved


def _digits(dtype: Any) -> float:
    eps: float = torch.finfo(dtype).eps
    return {torch.float64: 1e-12, torch.float32: 1e-6}.get(dtype, 2 * eps)


def noisy(base: Sizes, asked: Collection[Spot], run: Callable[[Any, int], None]) -> set[Spot]:
    """Those of `asked` at which the gradient changed altogether. `run(look, seed)` runs the step
    once more, nudged.
    """
    found: set[Spot] = set()
    least = CHANGED if base.coarsest < 1e-5 else CHANGED_IN_HALF
    for turn in range(TRIES):
        samples: dict[Spot, list[Any]] = {}
        left = set(asked) - found
        if not left:
            break

        def look(
            spot: Spot,
            gradient: Any,
            left: set[Spot] = left,
            samples: dict[Spot, list[Any]] = samples,
        ) -> None:
            if spot in left:
                samples.setdefault(spot, []).append(sample(gradient))

        run(look, 1 + turn)
        found |= {
            spot for spot in left if _changed(base.samples.get(spot), samples.get(spot), least)
        }
    return found


def _changed(before: list[Any] | None, after: list[Any] | None, least: float) -> bool:
    if not before or not after or len(before) != len(after):
        return False
    size = change = 0.0
    for one, other in zip(before, after, strict=True):
        if one.shape != other.shape:
            return False
        size += _square(one)
        change += _square(other.to(wide(one)) - one.to(wide(one)))
    return size > 0.0 and least**2 * size < change


def _square(tensor: Any) -> float:
    return float(torch.linalg.vector_norm(tensor, dtype=wide(tensor))) ** 2
