"""Every gradient that is asked of JAX goes through `jax.value_and_grad`; `jax.grad` calls it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Protocol

import jax
from jax._src import api

from whygrad.backends.jax.shim import listening
from whygrad.backends.jax.tape import Tape
from whygrad.runtime.patches import Patches


@dataclass(slots=True)
class Asked:
    """One call for gradients, while it runs."""

    tape: Tape
    frame: FrameType
    leaves: list[Any] = field(default_factory=list)
    """What is differentiated, as the function sees it."""
    loss: Any = None
    ran: bool = False


class Listener(Protocol):
    """Who wants to know."""

    active: bool

    def wanted(self) -> bool: ...
    def opens(self, frame: FrameType) -> Asked | None: ...
    def inside(self, asked: Asked) -> None: ...
    def closes(
        self, asked: Asked, loss: Any, gradients: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]] | None: ...
    def fails(self, asked: Asked, error: BaseException) -> None: ...
    def fault(self, error: BaseException) -> None: ...


def install(patches: Patches, listener: Listener) -> None:
    """Listen until the patches are undone. A function made meanwhile goes on without us."""
    waiting: list[Asked] = []
    make = functools.partial(_value_and_grad, listener, waiting)
    patches.wrap(api, "value_and_grad", make)
    # One and the same object, under the name by which people call it.
    patches.wrap(jax, "value_and_grad", make)


def _value_and_grad(
    listener: Listener, waiting: list[Asked], original: Callable[..., Any]
) -> Callable[..., Any]:
    def value_and_grad(
        fun: Any, argnums: Any = 0, has_aux: bool = False, **options: Any
    ) -> Callable[..., Any]:
        if not listener.active or not callable(fun):
            return original(fun, argnums, has_aux, **options)  # type: ignore[no-any-return]
        spot = (argnums,) if isinstance(argnums, int) else tuple(argnums)

        @functools.wraps(fun)
        def within(*args: Any, **kwargs: Any) -> Any:
            asked = waiting[-1] if waiting else None
            if asked is None or asked.ran:
                return fun(*args, **kwargs)
            return _inside(
                listener, asked, lambda: fun(*args, **kwargs), [args[i] for i in spot], has_aux
            )

        answer = original(within, argnums, has_aux, **options)

        @functools.wraps(answer)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not listener.active or waiting or not listener.wanted():
                return answer(*args, **kwargs)
            asked = listener.opens(sys._getframe(1))
            if asked is None:
                return answer(*args, **kwargs)
            waiting.append(asked)
            try:
                value, gradients = answer(*args, **kwargs)
            except BaseException as error:
                listener.fails(asked, error)
                raise
            finally:
                waiting.pop()
            return _told(listener, asked, value, gradients, has_aux)

        return call

    return value_and_grad


def _inside(
    listener: Listener, asked: Asked, act: Callable[[], Any], given: Any, has_aux: bool
) -> Any:
    asked.ran = True
    asked.leaves = jax.tree_util.tree_leaves(given)
    for leaf in asked.leaves:
        asked.tape.number(leaf)
    with listening(asked.tape, listener.fault):
        result = act()
        if listener.active:
            asked.loss = result[0] if has_aux else result
            listener.inside(asked)
    return result


def _told(listener: Listener, asked: Asked, value: Any, gradients: Any, has_aux: bool) -> Any:
    leaves, tree = jax.tree_util.tree_flatten(gradients)
    told = listener.closes(asked, value[0] if has_aux else value, leaves)
    if told is None:
        return value, gradients
    loss, changed = told
    value = (loss, *value[1:]) if has_aux else loss
    return value, jax.tree_util.tree_unflatten(tree, changed)
