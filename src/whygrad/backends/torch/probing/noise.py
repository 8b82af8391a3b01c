"""A run with the last digits of weights and data changed: rounding error changes with them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import torch

from whygrad.backends.torch.probing.gauge import Gauge, Sizes, sample
from whygrad.backends.torch.probing.numbers import wide
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring import noise
from whygrad.flow.measuring.noise import Look
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


def noisy(base: Sizes, asked: Collection[Spot], run: Callable[[Look, int], None]) -> set[Spot]:
    """Those of `asked` at which the gradient changed altogether."""
    return noise.noisy(base.samples, asked, base.coarsest, run, sample, _squares)


def _squares(one: Any, other: Any) -> tuple[float, float]:
    return _square(one), _square(other.to(wide(one)) - one.to(wide(one)))


def _square(tensor: Any) -> float:
    return float(torch.linalg.vector_norm(tensor, dtype=wide(tensor))) ** 2
