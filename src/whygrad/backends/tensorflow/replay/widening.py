"""The next wider dtype, for tensors and for the dtypes that ops name.

Where the step has anything in half precision, that alone is widened: some ops know no float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

_HALVES: Final[Mapping[str, str]] = {"float16": "float32", "bfloat16": "float32"}
_WHOLE: Final[Mapping[str, str]] = {"float32": "float64", "complex64": "complex128"}

_DIGITS: Final[Mapping[str, int]] = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}


def eps(dtype: Any) -> float:
    """The distance between 1 and the next number; 0 where it is not one of these."""
    digits = _DIGITS.get(dtype.base_dtype.name)
    return 0.0 if digits is None else 2.0**-digits


def is_half(dtype: Any) -> bool:
    """Whether it is a dtype of half precision, as an op names it."""
    from tensorflow.python.framework import dtypes

    return dtype is not None and dtypes.as_dtype(dtype).base_dtype.name in _HALVES


def half_dtypes(attrs: Any) -> list[Any]:
    """The dtypes of half precision that the attributes of an op name."""
    from tensorflow.python.framework import dtypes

    halves = (dtypes.float16, dtypes.bfloat16)
    return [d for d in halves for value in attrs or () if value in (d, d.as_datatype_enum)]


def as_floats(tensor: Any) -> Any:
    """Integers as numbers that a gradient can be of."""
    from tensorflow.python.ops import math_ops

    return math_ops.cast(tensor, "float32") if tensor.dtype.is_integer else tensor


class Wider:
    """Which dtype becomes which."""

    def __init__(self, table: Mapping[str, str] | None = None) -> None:
        self._table = table or {}

    def __bool__(self) -> bool:
        return bool(self._table)

    @classmethod
    def of(cls, names: Iterable[str]) -> Wider:
        """What suits a step in which these dtypes occur."""
        return cls(_HALVES if _HALVES.keys() & set(names) else _WHOLE)

    def tensor(self, tensor: Any) -> Any:
        """A tensor in the wider dtype, if there is one."""
        wanted = self._table.get(tensor.dtype.base_dtype.name) if self._table else None
        if wanted is None:
            return tensor
        from tensorflow.python.ops import math_ops

        return math_ops.cast(tensor, wanted)

    def dtype_number(self, value: Any) -> Any:
        """A dtype, or a list of them, as an op names it."""
        if not self._table or value is None:
            return value
        from tensorflow.python.framework import dtypes

        if isinstance(value, (list, tuple)):
            return [self.dtype_number(one) for one in value]
        wanted = self._table.get(dtypes.as_dtype(value).base_dtype.name)
        return value if wanted is None else dtypes.as_dtype(wanted).as_datatype_enum
