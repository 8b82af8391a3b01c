"""Whether a replay without changes is what was observed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from whygrad.backends.keras.inventory.measuring import Measured
from whygrad.backends.tensorflow.replay.apart import numbers
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.flow.replaying import CannotReplayError
from whygrad.flow.variable import Observed
from whygrad.model.report import Gradient

_ROUNDING: Final[Mapping[str, float]] = {
    "float64": 1e-7, "float32": 1e-4, "bfloat16": 5e-2, "float16": 1e-2,
}  # fmt: skip


def compare_losses(program: Program, losses: Sequence[tuple[int, Any]]) -> None:
    """Raise CannotReplayError where a loss comes out different."""
    for target, now in losses:
        then = program.targets.get(target)
        if then is None:
            continue
        rounding = _ROUNDING.get(then.dtype.name, 1e-4)
        before, after = numbers(then).astype(np.float64), numbers(now).astype(np.float64)
        if before.shape != after.shape or not np.allclose(
            after, before, rtol=rounding, atol=rounding * 1e-2, equal_nan=True
        ):
            raise CannotReplayError(
                f"run again, its loss came out as {after.sum():.6g} and not as {before.sum():.6g}"
            )


def compare_gradients(
    seen: Mapping[int, Observed], found: Mapping[int, Measured], *, exact: bool
) -> None:
    """Raise CannotReplayError where a gradient comes out different.

    Clipping and unscaling multiply all of them by one number, which is allowed for. Where not
    `exact`, the weights have moved on, and only whether a gradient came can be compared.
    """
    ratios: list[float] = []
    for value, then in seen.items():
        now = found.get(value)
        if now is None or then.carried_over:
            continue
        came, had = now.kind is not Gradient.NONE, then.gradient is not Gradient.NONE
        if came and not had:
            continue  # it was not asked for
        if not came and then.gradient is Gradient.ZERO:
            continue  # a conditional gives zeros to the branch that was not taken
        if not came and had:
            raise CannotReplayError("run again, a variable that got a gradient got none")
        if exact and came and (now.kind is Gradient.ZERO) != (then.gradient is Gradient.ZERO):
            ratios.append(math.inf)
        if exact and now.norm and then.gradient_norm:
            ratios.append(now.norm / then.gradient_norm)
    if not ratios:
        return
    middle = sorted(ratios)[len(ratios) // 2]
    off = sum(not math.isclose(ratio, middle, rel_tol=5e-2) for ratio in ratios)
    if off > len(ratios) // 4 or not math.isfinite(middle):
        raise CannotReplayError("run again, its gradients came out different")
