"""Around the methods of Keras' optimizers: a listener is told, and what is passed is passed on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Protocol


class Listener(Protocol):
    """Who wants to know. Frames are those of the caller; none is kept."""

    active: bool

    def built(self, optimizer: Any, frame: FrameType) -> None: ...
    def holds(self, optimizer: Any, frame: FrameType) -> None: ...
    def step_begins(
        self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any], frame: FrameType
    ) -> Sequence[Any] | None: ...
    def step_ends(self, optimizer: Any) -> None: ...
    def step_failed(self, optimizer: Any) -> None: ...
    def fault(self, error: BaseException) -> None: ...


def after(original: Callable[..., Any], listener: Any, event: str) -> Callable[..., Any]:
    """Tell once the method is through. A loss-scaling optimizer stands for the one inside it."""

    def call(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(optimizer, *args, **kwargs)
        if listener.active and not hasattr(optimizer, "inner_optimizer"):
            getattr(listener, event)(optimizer, sys._getframe(1))
        return result

    return call


def applying(original: Callable[..., Any], listener: Listener) -> Callable[..., Any]:
    """Around `apply` of Keras 3."""

    def apply(optimizer: Any, grads: Any, trainable_variables: Any = None) -> Any:
        if not listener.active:
            return original(optimizer, grads, trainable_variables)
        variables = trainable_variables
        if variables is None:
            variables = getattr(optimizer, "_trainable_variables", ())
        elif not isinstance(variables, (list, tuple)):
            trainable_variables = variables = list(variables)
        frame = sys._getframe(1)
        return around(
            lambda grads: original(optimizer, grads, trainable_variables),
            listener,
            optimizer,
            (grads, variables, frame),
        )

    return apply


def around(
    act: Callable[[Sequence[Any]], Any],
    listener: Listener,
    optimizer: Any,
    given: tuple[Sequence[Any], Sequence[Any], FrameType],
) -> Any:
    """Tell of a step's begin and end. The listener may give other gradients to apply."""
    gradients = listener.step_begins(optimizer, *given)
    try:
        result = act(given[0] if gradients is None else gradients)
    except BaseException:
        if listener.active:
            listener.step_failed(optimizer)
        raise
    if listener.active:
        listener.step_ends(optimizer)
    return result
