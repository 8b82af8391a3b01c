"""What is kept of a step while it goes on: weights, before they are updated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from whygrad.backends.tensorflow.log import StepLog

PINNED: Final = 1 << 30
"""Bytes of weights that are copied before they are updated."""


def pin(log: StepLog, values: Iterable[int]) -> None:
    """Take down what variables hold. A read shares the memory until something is written on it."""
    found = {value: log.handles[value] for value in values if value not in log.pinned}
    if sum(map(_size, found.values())) > PINNED:
        return
    log.pinned.update((value, read(handle)) for value, handle in found.items())


def read(handle: Any) -> Any:
    """What a variable holds now; no tape sees it."""
    from tensorflow.python.eager import record
    from tensorflow.python.ops import gen_resource_variable_ops as ops

    with record.stop_recording():
        return ops.read_variable_op(handle, _held(handle).dtype)


def _held(handle: Any) -> Any:
    return handle._handle_data.shape_and_type[0]


def _size(handle: Any) -> int:
    from tensorflow.python.framework import dtypes

    entries = 1
    for side in _held(handle).shape.dim:
        entries *= max(1, side.size)
    return entries * int(dtypes.as_dtype(_held(handle).dtype).size or 4)
