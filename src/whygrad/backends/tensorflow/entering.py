"""Inputs of an op that no op made: variables that TensorFlow read on its own, and Python numbers.

TensorFlow's fast path (2.21) reads a variable that it is given, and turns a number into a tensor,
without a word to the op callback; the callback only shows a tensor that nobody has met. What was
really passed stands in the frame of the generated function that made the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import FrameType
from typing import Any


def given(frame: FrameType, inputs: Sequence[Any]) -> list[Any] | None:
    """What was passed for each of an op's inputs, in their order; None where that is not clear."""
    code = frame.f_code
    held = frame.f_locals
    items: list[Any] = []
    for name in code.co_varnames[: code.co_argcount]:
        item: Any = held.get(name)
        if type(item) in (list, tuple) and any(map(is_tensor_like, item)):
            items.extend(item)
        else:
            items.append(item)
    if _agree(items, inputs):
        return items[: len(inputs)]
    # Some generated functions take their arguments in another order than the op (`Split`).
    return _matched([item for item in items if item is not None], inputs)


def is_variable(item: Any) -> bool:
    """Whether TensorFlow's fast path would read it as a variable."""
    return not hasattr(item, "_id") and hasattr(type(item), "handle")


def is_tensor_like(item: Any) -> bool:
    """A tensor or a variable, as opposed to a number."""
    return hasattr(item, "_id") or hasattr(type(item), "handle")


def _agree(items: Sequence[Any], inputs: Sequence[Any]) -> bool:
    if len(items) < len(inputs):
        return False
    return all(
        item is tensor or not hasattr(item, "_id")
        for item, tensor in zip(items, inputs, strict=False)
    )


def _matched(items: list[Any], inputs: Sequence[Any]) -> list[Any] | None:
    """Put what was passed in the order of the inputs: by identity, then variables by shape."""
    found: list[Any] = []
    variables = [item for item in items if is_variable(item)]
    tensors = {id(item) for item in items if hasattr(item, "_id")}
    for tensor in inputs:
        if id(tensor) in tensors:
            found.append(tensor)
            continue
        fits = [v for v in variables if v.dtype == tensor.dtype and v.shape == tensor.shape]
        found.append(fits[0] if fits else None)
        if fits:
            variables.remove(fits[0])
    return found if not variables else None
