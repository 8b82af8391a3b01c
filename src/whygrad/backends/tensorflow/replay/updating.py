"""One update by an optimizer like the person's, of copies."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from whygrad.backends.keras import updating
from whygrad.backends.keras.inventory.measuring import numbers_of
from whygrad.flow.replaying import CannotReplayError, Update


def updates(
    update: Update, optimizer: Any, tensors: Mapping[int, Any], gradients: Mapping[int, Any]
) -> dict[int, float]:
    """Norm of what an optimizer's first step changes of each value. `optimizer` is only read."""
    with_gradient = {
        value: tensor
        for value, tensor in tensors.items()
        if gradients.get(value) is not None and tensor.dtype.is_floating
    }
    if not with_gradient:
        return {}
    made = _Copies(optimizer, update.dtype)
    pairs = [(made.like(gradients[v], t), made.copy(t)) for v, t in with_gradient.items()]
    before = [made.read(copy) for _, copy in pairs]
    if update.like is None:
        for gradient, copy in pairs:
            copy.assign(copy - gradient * (update.rate or 1e-2))
    else:
        _like(update, optimizer).apply_gradients(pairs)
    after = [made.read(copy) for _, copy in pairs]
    return {
        value: math.sqrt(float(np.sum(np.square(now - then))))
        for value, then, now in zip(with_gradient, before, after, strict=True)
    }


class _Copies:
    """Variables of the kind that the optimizer takes."""

    def __init__(self, optimizer: Any, dtype: str | None) -> None:
        self._keras = sys.modules.get("keras") if updating.is_optimizer(optimizer) else None
        self._dtype = dtype

    def like(self, gradient: Any, tensor: Any) -> Any:
        from tensorflow.python.ops import math_ops

        return math_ops.cast(gradient, self._dtype or tensor.dtype)

    def copy(self, tensor: Any) -> Any:
        from tensorflow.python.ops import math_ops, variables

        tensor = math_ops.cast(tensor, self._dtype or tensor.dtype)
        if self._keras is not None:
            return self._keras.Variable(tensor, dtype=tensor.dtype.name)
        return variables.Variable(tensor)

    def read(self, copy: Any) -> Any:
        return np.asarray(numbers_of(copy)).astype(np.float64)


def _like(update: Update, optimizer: Any) -> Any:
    """An optimizer of the same class and settings."""
    if optimizer is None:
        raise CannotReplayError("its optimizer is gone")
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    name = type(optimizer).__name__
    try:
        settings = dict(optimizer.get_config())
        rate = update.rate or updating.Rates().of(optimizer)
        if rate is not None and "learning_rate" in settings:
            settings["learning_rate"] = rate
        return type(optimizer).from_config(settings)
    except Exception as error:
        raise CannotReplayError(f"no second {name} could be built: {error}") from None
