"""Telling a small gradient from rounding error: run the step again, its weights and data
a hair's breadth off. A real gradient hardly changes; rounding error turns out altogether different.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import torch

from whygrad.backends.torch.probing.gauge import Gauge, Sizes, Spot, sample
from whygrad.backends.torch.probing.numbers import wide
from whygrad.backends.torch.probing.ways import Ways
from whygrad.flow.graph import FlowGraph
from whygrad.flow.probe import Passed
from whygrad.flow.trace import walk_back

SUSPICIOUS: Final = 1e5
"""So many times the distance between neighbouring numbers: a gradient that is smaller than that,
beside what arrived, may be rounding error (1% in float32).
"""
CHANGED: Final = 0.1
"""Share of its norm by which rounding error changes at least. The real ones that were measured
changed by a ten-thousandth.
"""
CHANGED_IN_HALF: Final = 0.5
"""The same in half precision, where the weights must be moved by more."""

TRIES: Final = 3
"""A single number of rounding error may come out the same by chance."""


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


def suspicious(found: Mapping[Any, Passed], coarsest: float) -> list[Any]:
    """Edges or values of which so little went on that it may be rounding error."""
    share = min(1.0, SUSPICIOUS * coarsest)
    return [key for key, one in found.items() if 0.0 < one.passed < share * one.arrived]


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


def spread(graph: FlowGraph, edges: dict[int, Passed], totals: Mapping[int, Passed]) -> None:
    """What comes of noise is noise: mark all that leads on from a value that gets nothing else.
    What was not measured may be real.
    """
    _, reached = walk_back(graph)
    alive = bytearray(graph.value_count)
    for loss in graph.losses:
        alive[loss] = 1
    for edge, target in enumerate(graph.targets):
        if edge not in edges and reached[target] and not graph.barriers[edge]:
            alive[graph.sources[edge]] = 1
    quiet = {value for value, total in totals.items() if total.noise}
    for edge in sorted(edges, key=graph.targets.__getitem__, reverse=True):
        passed = edges[edge]
        if not alive[graph.targets[edge]] and passed.passed and not passed.noise:
            edges[edge] = passed = Passed(passed.arrived, passed.passed, noise=True)
        if passed.passed and not passed.noise and graph.sources[edge] not in quiet:
            alive[graph.sources[edge]] = 1
