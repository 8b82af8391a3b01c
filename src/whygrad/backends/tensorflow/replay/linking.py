"""Functions with a gradient of our own: gradient looked at, stopped, or led past what stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def identity(tensor: Any) -> Any:
    """The same numbers under another name, so that a tape can tell the two apart."""
    from tensorflow.python.ops import gen_array_ops

    return gen_array_ops.identity(tensor)


def recorded(name: str, made: list[Any], read: list[Any], backward: Callable[..., Any]) -> None:
    """Have the tapes that are on know how gradient gets from `made` to `read`, as a list."""
    from tensorflow.python.eager import record

    record.record_operation(name, made, read, backward)


def quietly(make: Callable[[], Any]) -> Any:
    """Make something that no tape knows of."""
    from tensorflow.python.eager import record

    with record.stop_recording():
        return make()


def cut(tensor: Any) -> Any:
    """The same numbers, and no gradient."""
    return quietly(lambda: identity(tensor))


def watched(tensor: Any, look: Callable[[Any], None]) -> Any:
    """The same tensor; its gradient is looked at on its way."""
    made = cut(tensor)

    def backward(gradient: Any) -> Any:
        look(gradient)
        return [gradient]

    recorded("watched", [made], [tensor], backward)
    return made


def usable(*tensors: Any) -> bool:
    """Whether gradient can be of all of these."""
    return all(t.dtype.is_floating or t.dtype.is_complex for t in tensors)


def linked(tensor: Any, source: Any) -> Any:
    """`tensor`, such that its gradient reaches `source` too."""
    if not usable(tensor, source):
        return tensor
    made = cut(tensor)
    shape, dtype = source.shape, source.dtype

    def backward(gradient: Any) -> Any:
        return [gradient, fitted(dense(gradient), shape, dtype)]

    recorded("linked", [made], [tensor, source], backward)
    return made


def replaced(numbers: Any, source: Any) -> Any:
    """Other numbers in place of `source`, through which gradient passes as it comes."""
    made = cut(numbers)
    shape, dtype = source.shape, source.dtype
    if usable(numbers, source):

        def backward(gradient: Any) -> Any:
            return [fitted(dense(gradient), shape, dtype)]

        recorded("replaced", [made], [source], backward)
    return made


def dense(gradient: Any) -> Any:
    """A gradient for some rows, for all."""
    from tensorflow.python.framework import ops

    return quietly(lambda: ops.convert_to_tensor(gradient)) if is_rows(gradient) else gradient


def is_rows(gradient: Any) -> bool:
    """Whether it is one for some rows only (`IndexedSlices`)."""
    return hasattr(gradient, "indices") and hasattr(gradient, "values")


def fitted(gradient: Any, shape: Any, dtype: Any) -> Any:
    """A gradient of one shape made one of another: reshaped, summed up, or spread."""
    from tensorflow.python.ops import array_ops, math_ops

    if gradient.dtype != dtype:
        gradient = math_ops.cast(gradient, dtype)
    has, wants = tuple(gradient.shape), tuple(shape)
    if has == wants:
        return gradient
    if _count(has) == _count(wants):
        return array_ops.reshape(gradient, wants)
    if _spreads(wants, has):
        lead = len(has) - len(wants)
        axes = [*range(lead), *(lead + i for i, n in enumerate(wants) if n == 1)]
        return array_ops.reshape(math_ops.reduce_sum(gradient, axes), wants)
    if _spreads(has, wants):
        return array_ops.broadcast_to(gradient, wants)
    if has == wants[: len(has)]:
        # One result for each row, such as that of an argmax: all that the row holds gets it.
        spread = array_ops.reshape(gradient, (*has, *(1,) * (len(wants) - len(has))))
        return array_ops.broadcast_to(spread, wants)
    return array_ops.broadcast_to(math_ops.reduce_sum(gradient), wants)


def _count(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=np.int64))


def _spreads(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether NumPy's rules would spread one shape over the other."""
    try:
        return np.broadcast_shapes(small, large) == large
    except ValueError:
        return False
