"""Variables of Keras over JAX, and arrays, asked as `keras.inventory.things` asks.

An array of JAX cannot be written on: a variable holds another one after each update, and what
names it is the variable itself.
"""

from __future__ import annotations

import weakref
from itertools import count
from typing import Any, Final

import jax
import numpy as np
from jax._src import core

from whygrad.backends.jax.barriers import is_floating as _floating
from whygrad.backends.keras import parts

_OWN: Final = "keras.src.backend.jax"


class Things:
    """Answers for what is of JAX; `owns` says which that is."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._known: dict[int, tuple[weakref.ref[Any], int]] = {}

    def owns(self, thing: Any) -> bool:
        """Whether it is a variable of Keras on JAX, or an array with numbers in it."""
        return self.is_variable(thing) or self.is_tensor(thing)

    def is_variable(self, thing: Any) -> bool:
        """Whether it is a variable."""
        return parts.is_variable(thing) and any(
            base.__module__.startswith(_OWN) for base in type(thing).__mro__
        )

    def is_tensor(self, thing: Any) -> bool:
        """Whether it is an array with numbers in it; one that is being traced is not."""
        # Not `isinstance(thing, jax.Array)` alone: tracers say that they are one.
        return issubclass(type(thing), jax.Array) and not issubclass(type(thing), core.Tracer)

    def inner(self, thing: Any) -> Any:
        """Itself: what a variable holds is another array after every update."""
        return thing

    def key_of(self, thing: Any) -> int | None:
        """A number that nothing else gets."""
        known = self._known.get(id(thing))
        if known is None or known[0]() is not thing:
            known = self._known[id(thing)] = weakref.ref(thing), next(self._numbers)
        return known[1]

    def is_trainable(self, thing: Any) -> bool:
        """Its own flag; a layer around it may say otherwise. An array has none."""
        return self.is_variable(thing) and bool(thing.trainable)

    def shape_of(self, thing: Any) -> tuple[int, ...]:
        """Its shape, also while `fit` has taken the numbers out of the variable."""
        return tuple(int(side or 0) for side in thing.shape or ())

    def dtype_of(self, thing: Any) -> str:
        """The name of its dtype."""
        return str(thing.dtype)

    def is_floating(self, thing: Any) -> bool:
        """Whether a gradient can be of it."""
        return _floating(_Named(thing.dtype)) if self.is_variable(thing) else _floating(thing)

    def own_name(self, thing: Any) -> str | None:
        """What Keras calls a variable: `net/dense/kernel`."""
        return str(thing.path) if self.is_variable(thing) else None

    def numbers_of(self, thing: Any) -> Any:
        """Its numbers; None where there are none to read."""
        value = array_of(thing)
        return None if value is None else np.asarray(value)


class _Named:
    """A dtype by its name, as Keras keeps it."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = jax.numpy.dtype(dtype) if isinstance(dtype, str) else dtype


def array_of(thing: Any) -> Any:
    """The array that a variable holds now; None while it is traced, taken out or given away."""
    value: Any = getattr(thing, "_value", None) if parts.is_variable(thing) else thing
    if not issubclass(type(value), jax.Array) or issubclass(type(value), core.Tracer):
        return None
    return None if value.is_deleted() else value


THINGS: Final = Things()
