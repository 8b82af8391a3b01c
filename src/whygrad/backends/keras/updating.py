"""Keras' own optimizers, which are the same on every backend: built, stepping, and at what rate.

Keras is never imported here; what a running program has imported is looked up.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any, Protocol

from whygrad.backends.keras.telling import after

_FILE = "/keras/src/optimizers/base_optimizer.py"


class Wrapper(Protocol):
    """Puts something in place of an attribute, and back at the end."""

    def wrap(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None: ...


class Listener(Protocol):
    """Who wants to know. Frames are those of the caller; none is kept."""

    active: bool

    def built(self, optimizer: Any, frame: FrameType) -> None: ...
    def holds(self, optimizer: Any, frame: FrameType) -> None: ...
    def step_begins(self, optimizer: Any, closure: Any, frame: FrameType) -> Any: ...
    def step_ends(self, optimizer: Any) -> None: ...
    def step_failed(self, optimizer: Any) -> None: ...


def base_class() -> Any:
    """`BaseOptimizer` of Keras 3, or None where it was not imported."""
    module = sys.modules.get("keras.src.optimizers.base_optimizer")
    return getattr(module, "BaseOptimizer", None)


def is_optimizer(value: Any) -> bool:
    """Whether it is one of Keras 3. Not isinstance: it would ask proxies for their class."""
    base = base_class()
    return base is not None and issubclass(type(value), base)


def variables_of(optimizer: Any) -> list[Any]:
    """The `keras.Variable`s that it updates; none before it was built.

    A loss-scaling optimizer holds what the one inside it holds: that one is told of.
    """
    if hasattr(optimizer, "inner_optimizer"):
        return []
    return list(getattr(optimizer, "_trainable_variables", ()))


def unbuilt(optimizer: Any) -> bool:
    """Whether it will get its variables by its first update only."""
    return is_optimizer(optimizer) and not getattr(optimizer, "built", False)


class Rates:
    """The learning rates that optimizers were seen to use.

    A schedule is the person's code, and asking it once more might move it; what it answered the
    optimizer is read instead. Without an answer the rate that was set is given.
    """

    def __init__(self) -> None:
        self._seen: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def install(self, patches: Wrapper) -> None:
        """Listen to what optimizers are told."""
        base = base_class()
        if base is not None:
            patches.wrap(base, "_get_current_learning_rate", self._listening)

    def of(self, optimizer: Any) -> float | None:
        """The last rate, where it is a number by now and no part of a graph."""
        rate: Any = self._seen.get(optimizer)
        if rate is None:
            rate = getattr(optimizer, "_learning_rate", None)
        # A traced rate raises, and that of a plain callable is not known before it is asked.
        try:
            return float(getattr(rate, "value", rate))
        except Exception:
            return None

    def seen(self, optimizer: Any) -> Any:
        """The last rate as it was seen, which may be traced; None where none was."""
        return self._seen.get(optimizer)

    def told(self, optimizer: Any, rate: float) -> None:
        """What a traced rate turned out to be."""
        self._seen[optimizer] = rate

    def _listening(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def call(optimizer: Any) -> Any:
            rate = self._seen[optimizer] = original(optimizer)
            return rate

        return call


def install(
    patches: Wrapper, listener: Listener, quiet: Callable[[], AbstractContextManager[None]]
) -> None:
    """Tell of every optimizer that is made, built and steps. `quiet` surrounds what we compute."""
    base = base_class()
    if base is None:
        return
    patches.wrap(base, "__init__", lambda o: after(o, listener, "built"))
    patches.wrap(base, "build", lambda o: after(o, listener, "holds"))
    # Not around `apply`: by now the optimizer is built, and has let go of those without gradient.
    patches.wrap(base, "_backend_apply_gradients", lambda o: _stepping(o, listener, quiet))


def _stepping(
    original: Callable[..., Any],
    listener: Listener,
    quiet: Callable[[], AbstractContextManager[None]],
) -> Callable[..., Any]:
    def call(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        if not listener.active or _only_adds_up(optimizer, quiet):
            return original(optimizer, *args, **kwargs)
        listener.step_begins(optimizer, None, sys._getframe(1))
        try:
            result = original(optimizer, *args, **kwargs)
        except BaseException:
            if listener.active:
                listener.step_failed(optimizer)
            raise
        if listener.active:
            listener.step_ends(optimizer)
        return result

    return call


def _only_adds_up(optimizer: Any, quiet: Callable[[], AbstractContextManager[None]]) -> bool:
    """With `gradient_accumulation_steps=n`, only every n-th call updates anything."""
    steps = getattr(optimizer, "gradient_accumulation_steps", None)
    if not steps:
        return False
    with quiet():
        return bool((int(optimizer._iterations.value) + 1) % steps)


def in_step(frame: FrameType | None) -> bool:
    """Whether an optimizer's update is on the stack."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "_backend_apply_gradients" and code.co_filename.endswith(_FILE):
            return True
        frame = frame.f_back
    return False


def living(objects: Iterator[Any]) -> Iterator[Any]:
    """Of many objects, the optimizers of Keras that hold something."""
    return (each for each in objects if is_optimizer(each) and variables_of(each))
