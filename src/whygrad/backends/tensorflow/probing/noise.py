"""A run with the last digits of weights and data changed: rounding error changes with them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from whygrad.backends.tensorflow.probing.gauge import Gauge, Sizes
from whygrad.backends.tensorflow.probing.numbers import sample
from whygrad.backends.tensorflow.replay.linking import replaced
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.backends.tensorflow.replay.widening import eps
from whygrad.flow.measuring import noise
from whygrad.flow.measuring.noise import Look
from whygrad.flow.measuring.ways import Spot, Ways


class Nudged(Gauge):
    """A gauge that hands over weights and data with their last digits changed."""

    def __init__(
        self,
        program: Program,
        ways: Ways,
        things: Collection[int],
        look: Callable[[Spot, Any], None],
        coarsest: float,
        seed: int,
    ) -> None:
        super().__init__(program, ways, things, look)
        self.coarsest = coarsest
        self.seed = seed

    def leaf(self, value: int, tensor: Any) -> Any:
        if tensor.dtype.is_floating:
            tensor = self._nudged(value, tensor)
        return super().leaf(value, tensor)

    def _nudged(self, value: int, tensor: Any) -> Any:
        from tensorflow.python.framework import constant_op

        by = max(_digits(tensor.dtype), 2 * self.coarsest * (self.coarsest > 1e-5))
        array = tensor._numpy()
        wide = array.astype(np.float64)
        signs = np.random.default_rng(self.seed + 8 * value).choice((-1.0, 1.0), wide.shape)
        with np.errstate(all="ignore"):
            moved = wide * (by * signs)
        if value not in self.program.flat.holders:
            # Whole numbers among the data are counts, labels and masks, which may be compared.
            moved = np.where(np.isfinite(wide) & (wide != np.round(wide)), moved, 0.0)
        new = (wide + moved).astype(array.dtype)
        return replaced(constant_op.constant(new, dtype=tensor.dtype), tensor)


def _digits(dtype: Any) -> float:
    return {"float64": 1e-12, "float32": 1e-6}.get(dtype.name, 2 * eps(dtype))


def noisy(base: Sizes, asked: Collection[Spot], run: Callable[[Look, int], None]) -> set[Spot]:
    """Those of `asked` at which the gradient changed altogether."""
    return noise.noisy(base.samples, asked, base.coarsest, run, sample, _squares)


def _squares(one: Any, other: Any) -> tuple[float, float]:
    return float(np.sum(np.square(one))), float(np.sum(np.square(other - one)))
