"""Functions that stand for what is no call of torch, or is not to be called as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def flagged(requires: bool) -> Callable[[Any], Any]:
    """`requires_grad` was turned on or off, on the tensor itself."""

    def turn(tensor: Any) -> Any:
        # Of what a change has linked to the step's graph, it cannot be turned off.
        return tensor.requires_grad_(requires) if tensor.is_leaf else tensor

    return turn


def wrapping(requires: bool) -> Callable[[Any], Any]:
    """`nn.Parameter(t)` and `Variable(t)`: a new leaf over the same memory."""

    def wrap(data: Any) -> Any:
        return data.detach().requires_grad_(requires)

    return wrap
