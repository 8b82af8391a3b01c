"""Numbers moved to where an op has a slope, or kept off the place where it has none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from whygrad.backends.tensorflow.replay.apart import numbers
from whygrad.backends.tensorflow.replay.linking import replaced
from whygrad.backends.tensorflow.replay.widening import eps
from whygrad.flow.kinds import Kind


def _moved(tensor: Any, by: Callable[[Any, Any], Any]) -> Any:
    """The tensor with other numbers; gradient passes as it comes. `by` is told of the dtype too."""
    from tensorflow.python.framework import constant_op

    own = tensor.dtype
    if not own.is_floating:
        return tensor
    array = numbers(tensor)
    wide = array.astype(np.float64)
    with np.errstate(all="ignore"):
        new = by(wide, own)
    return replaced(constant_op.constant(new.astype(array.dtype), dtype=own), tensor)


def _finite(array: Any, dtype: Any) -> Any:
    return np.where(np.isfinite(array), array, 0.0)


def _small(dtype: Any) -> float:
    return math.sqrt(eps(dtype))


def _above(array: Any, dtype: Any) -> Any:
    return np.abs(_finite(array, dtype)) + 0.1


def _near_zero(array: Any, dtype: Any) -> Any:
    finite = _finite(array, dtype)
    return finite / max(float(np.abs(finite).max()), 1e-6) * 0.5 if finite.size else finite


REVIVED: Final[Mapping[Kind, Callable[[Any, Any], Any]]] = {
    Kind.RECTIFIER: _above,
    Kind.SQUASH: _near_zero,
    Kind.SOFTMAX: _near_zero,
    Kind.EXPONENTIAL: _near_zero,
}
"""What becomes of the source of the edge."""

FACTORS: Final = frozenset((Kind.PRODUCT, Kind.CONTRACTION, Kind.DIVISION))
"""Where gradient to one operand is a product with the others: those lose their zeros."""

LEFT_OUT: Final = frozenset((Kind.DROPOUT, Kind.CLAMP))
"""These let all through."""


def revived(tensor: Any, kind: Kind) -> Any:
    """The source of an edge where its op has a slope; its gradient goes on as it comes."""
    return _moved(tensor, REVIVED[kind])


def revived_factor(tensor: Any) -> Any:
    """The other factor of a product, without its zeros."""
    return _moved(tensor, lambda array, _: np.where(array == 0, 1.0, array))


def _positive(array: Any, dtype: Any) -> Any:
    return np.where(array > _small(dtype), array, _small(dtype))


def _off_zero(array: Any, dtype: Any) -> Any:
    small = _small(dtype)
    return np.where((np.abs(array) < small) | ~np.isfinite(array), small, array)


def _size_off_zero(array: Any, dtype: Any) -> Any:
    """A number below 0 has no root either."""
    return _off_zero(np.abs(array), dtype)


def _inside(array: Any, dtype: Any) -> Any:
    edge = 1.0 - _small(dtype)
    return _finite(np.clip(array, -edge, edge), dtype)


def _bounded(array: Any, dtype: Any) -> Any:
    edge = math.log(float(dtype.max)) / 4
    return _finite(np.clip(array, -edge, edge), dtype)


SAFE: Final[Mapping[Kind, Callable[[Any, Any], Any]]] = {
    Kind.LOG: _positive,
    Kind.ROOT: _size_off_zero,
    Kind.POWER: _size_off_zero,
    Kind.DIVISION: _off_zero,
    Kind.NORMALIZATION: _off_zero,
    Kind.INVERSE: _inside,
    Kind.EXPONENTIAL: _bounded,
}


def safe(tensor: Any, kind: Kind) -> Any:
    """An operand that the op has a finite derivative at."""
    return _moved(tensor, SAFE.get(kind, _finite))


def shifted(tensor: Any) -> Any:
    """Changed by about a hundredth of its size, by the same numbers every time."""

    def shift(array: Any, dtype: Any) -> Any:
        noise = np.random.default_rng(0).standard_normal(array.shape)
        size = math.sqrt(float(np.mean(np.square(array)))) if array.size else 0.0
        return array + noise * (size or 1.0) * 0.01

    return _moved(tensor, shift)
