"""What the training loop does with optimizers: builds them, gives them gradients.

An optimizer is told of around the one method through which all its updates go: `apply` in Keras 3,
`apply_gradients` everywhere else. What is passed is passed on; exceptions pass through.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Protocol

from whygrad.backends.keras import parts, updating_2
from whygrad.runtime.patches import Patches
from whygrad.runtime.wake import Alarm

_KERAS_3 = "keras.src.optimizers.base_optimizer"


class Listener(Protocol):
    """Who wants to know. Frames are those of the caller; none is kept."""

    active: bool

    def built(self, optimizer: Any, frame: FrameType) -> None: ...
    def holds(self, optimizer: Any, frame: FrameType) -> None: ...
    def step_begins(
        self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any], frame: FrameType
    ) -> None: ...
    def step_ends(self, optimizer: Any) -> None: ...
    def step_failed(self, optimizer: Any) -> None: ...
    def fault(self, error: BaseException) -> None: ...


def install(patches: Patches, listener: Listener, install_rates: Callable[[], None]) -> None:
    """Wrap the optimizers that are there, and those of a Keras that is imported later on."""

    def wake(name: str) -> None:
        try:
            if name == _KERAS_3:
                if parts.backend() == "tensorflow":
                    _keras_3(patches, listener, sys.modules[name].BaseOptimizer)
                    install_rates()
            else:
                _keras_2(patches, listener, name)
        except Exception as error:
            listener.fault(error)

    alarm = Alarm((_KERAS_3, *updating_2.CLASSES), wake)
    alarm.__enter__()
    patches.on_undo(lambda: alarm.__exit__(None, None, None))


def _keras_3(patches: Patches, listener: Listener, base: Any) -> None:
    patches.wrap(base, "__init__", lambda o: _after(o, listener, "built"))
    patches.wrap(base, "build", lambda o: _after(o, listener, "holds"))
    patches.wrap(base, "apply", lambda o: _applying(o, listener))


def _keras_2(patches: Patches, listener: Listener, name: str) -> None:
    base = updating_2.base_class(name)
    patches.wrap(base, "__init__", lambda o: _after(o, listener, "built"))
    patches.wrap(base, "apply_gradients", lambda o: _pairs(o, listener))
    over = getattr(sys.modules[name], "Optimizer", base)
    if over is not base and "apply_gradients" in vars(over):
        patches.wrap(over, "apply_gradients", lambda o: _pairs(o, listener))


def _after(original: Callable[..., Any], listener: Listener, event: str) -> Callable[..., Any]:
    def call(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(optimizer, *args, **kwargs)
        if listener.active and not hasattr(optimizer, "inner_optimizer"):
            getattr(listener, event)(optimizer, sys._getframe(1))
        return result

    return call


def _applying(original: Callable[..., Any], listener: Listener) -> Callable[..., Any]:
    def apply(optimizer: Any, grads: Any, trainable_variables: Any = None) -> Any:
        if not listener.active:
            return original(optimizer, grads, trainable_variables)
        variables = trainable_variables
        if variables is None:
            variables = getattr(optimizer, "_trainable_variables", ())
        elif not isinstance(variables, (list, tuple)):
            trainable_variables = variables = list(variables)
        frame = sys._getframe(1)
        return _around(
            lambda: original(optimizer, grads, trainable_variables),
            listener,
            optimizer,
            (grads, variables, frame),
        )

    return apply


def _pairs(original: Callable[..., Any], listener: Listener) -> Callable[..., Any]:
    def apply_gradients(optimizer: Any, grads_and_vars: Any, *args: Any, **kwargs: Any) -> Any:
        if not listener.active:
            return original(optimizer, grads_and_vars, *args, **kwargs)
        pairs = list(grads_and_vars)
        frame = sys._getframe(1)
        return _around(
            lambda: original(optimizer, pairs, *args, **kwargs),
            listener,
            optimizer,
            ([g for g, _ in pairs], [v for _, v in pairs], frame),
        )

    return apply_gradients


def _around(
    act: Callable[[], Any],
    listener: Listener,
    optimizer: Any,
    given: tuple[Sequence[Any], Sequence[Any], FrameType],
) -> Any:
    listener.step_begins(optimizer, *given)
    try:
        result = act()
    except BaseException:
        if listener.active:
            listener.step_failed(optimizer)
        raise
    if listener.active:
        listener.step_ends(optimizer)
    return result
