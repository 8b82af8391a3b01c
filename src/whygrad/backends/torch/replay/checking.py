"""Whether a replay without changes is what was observed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from whygrad.backends.torch.gradients import Measured
from whygrad.backends.torch.replay.program import Program
from whygrad.flow.replaying import CannotReplayError
from whygrad.flow.variable import Observed
from whygrad.model.report import Gradient

_ROUNDING: Mapping[Any, float] = {
    torch.float64: 1e-7,
    torch.float32: 1e-4,
    torch.bfloat16: 5e-2,
    torch.float16: 1e-2,
}


def compare_losses(program: Program, losses: Sequence[Any]) -> None:
    """Raise CannotReplayError where a loss comes out different."""
    observed = [loss for backward in program.backwards for loss in backward.losses]
    for then, now in zip(observed, losses, strict=True):
        rounding = _ROUNDING.get(then.dtype, 1e-4)
        if then.shape != now.shape or not torch.allclose(
            now, then.to(now), rtol=rounding, atol=rounding * 1e-2, equal_nan=True
        ):
            raise CannotReplayError(
                f"run again, its loss came out as {_told(now)} and not as {_told(then)}"
            )


def _told(loss: Any) -> str:
    return f"{float(loss.sum()):.6g}"


def compare_gradients(
    program: Program,
    seen: Mapping[int, Observed],
    found: Mapping[int, Measured],
    *,
    exact: bool,
) -> None:
    """Raise CannotReplayError where a gradient comes out different.

    Clipping and unscaling multiply all of them by one number, which is allowed for. Where not
    `exact`, the weights have moved on, and only whether a gradient came can be compared.
    """
    ratios: list[float] = []
    for value, then in seen.items():
        now = found.get(value)
        if now is None or then.carried_over or _hooked(program, value):
            continue
        if then.gradient is not Gradient.NONE and not then.had_gradient_after_backward:
            continue  # it was there before, from another step
        came, had = now.kind is not Gradient.NONE, then.gradient is not Gradient.NONE
        if came != had:
            raise CannotReplayError(
                "run again, a variable that got a gradient got none"
                if had
                else "run again, a variable that got no gradient got one"
            )
        if came and exact and now.norm and then.gradient_norm:
            ratios.append(now.norm / then.gradient_norm)
    if not ratios or program.gradients_written():
        return
    middle = sorted(ratios)[len(ratios) // 2]
    off = sum(not math.isclose(ratio, middle, rel_tol=5e-2) for ratio in ratios)
    if off > len(ratios) // 4:
        raise CannotReplayError("run again, its gradients came out different")


def _hooked(program: Program, value: int) -> bool:
    leaf = program.leaves.get(value)
    return leaf is not None and bool(getattr(leaf.tensor, "_backward_hooks", None))
