"""Numbers moved to where an op has a slope, or kept off the place where it has none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import jax.numpy as jnp

from whygrad.flow.kinds import Kind

Move = Callable[[Any], Any]


def _finite(array: Any) -> Any:
    return jnp.where(jnp.isfinite(array), array, 0).astype(array.dtype)


def _above(array: Any) -> Any:
    return jnp.abs(_finite(array)) + jnp.asarray(0.1, array.dtype)


def _near_zero(array: Any) -> Any:
    finite = _finite(array)
    return finite / jnp.maximum(jnp.max(jnp.abs(finite)), 1e-6) * 0.5 if finite.size else finite


REVIVED: Final[Mapping[Kind, Move]] = {
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


def without_zeros(factor: Any) -> Any:
    """The other factor of a product."""
    array = jnp.asarray(factor)
    return jnp.where(array == 0, 1, array).astype(array.dtype)


def _small(array: Any) -> float:
    return float(math.sqrt(jnp.finfo(array.dtype).eps))


def _positive(array: Any) -> Any:
    small = _small(array)
    return jnp.where(array > small, array, small).astype(array.dtype)


def _off_zero(array: Any) -> Any:
    small = _small(array)
    bad = (jnp.abs(array) < small) | ~jnp.isfinite(array)
    return jnp.where(bad, small, array).astype(array.dtype)


def _size_off_zero(array: Any) -> Any:
    return _off_zero(jnp.abs(array))


def _inside(array: Any) -> Any:
    edge = 1.0 - _small(array)
    return jnp.clip(_finite(array), -edge, edge)


def _bounded(array: Any) -> Any:
    edge = math.log(float(jnp.finfo(array.dtype).max)) / 4
    return jnp.clip(_finite(array), -edge, edge)


_SAFE: Final[Mapping[Kind, Move]] = {
    Kind.LOG: _positive,
    Kind.ROOT: _size_off_zero,
    Kind.POWER: _size_off_zero,
    Kind.DIVISION: _off_zero,
    Kind.NORMALIZATION: _off_zero,
    Kind.INVERSE: _inside,
    Kind.EXPONENTIAL: _bounded,
}


def safe(array: Any, kind: Kind) -> Any:
    """An operand that the op has a finite derivative at."""
    return _SAFE.get(kind, _finite)(array)


def shifted(array: Any) -> Any:
    """Changed by about a hundredth of its size."""
    size = jnp.maximum(jnp.max(jnp.abs(array)), 1e-3) if array.size else 1.0
    return (array + 0.01 * size).astype(array.dtype)


def fitted(gradient: Any, shape: tuple[int, ...]) -> Any:
    """A gradient of one shape made one of another: reshaped, summed up, or spread."""
    if gradient.shape == shape:
        return gradient
    if gradient.size == math.prod(shape):
        return gradient.reshape(shape)
    rank = len(shape)
    if gradient.ndim < rank and gradient.shape == shape[: gradient.ndim]:
        # One result for each row, such as that of an argmax: all that the row holds gets it.
        return jnp.broadcast_to(
            gradient.reshape(*gradient.shape, *(1,) * (rank - gradient.ndim)), shape
        )
    try:
        return jnp.broadcast_to(gradient, shape)
    except ValueError:
        pass
    extra = gradient.ndim - rank
    if extra >= 0 and all(b in (1, a) for a, b in zip(gradient.shape[extra:], shape, strict=True)):
        summed = gradient.sum(tuple(range(extra)))
        axes = tuple(i for i, side in enumerate(shape) if side == 1)
        return summed.sum(axes, keepdims=True)
    return jnp.broadcast_to(gradient.sum(), shape)
