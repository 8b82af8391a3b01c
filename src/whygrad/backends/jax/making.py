"""What kind of numbers a variable or array began with, as far as that was seen: drawn or constant.

Ops outside of a differentiated function are not listened to; what draws numbers is.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any, Final

import jax
from jax._src import core

from whygrad.flow.variable import Making
from whygrad.runtime.patches import Patches
from whygrad.runtime.wake import Alarm

_DRAWS: Final = ("normal", "uniform", "truncated_normal", "gamma", "beta", "laplace", "orthogonal")
_VARIABLES: Final = "keras.src.backend.common.variables"
_RANDOM: Final = "keras.src.backend.jax.random"
_INITIALIZERS: Final = {
    "random_initializers": Making.RANDOM,
    "constant_initializers": Making.CONSTANT,
}


class Makings:
    """Remembers variables and arrays weakly."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], Making]] = {}

    def install(self, patches: Patches) -> None:
        """Listen to what draws numbers until the patches are undone."""
        self._listen(patches, jax.random)

        def wake(name: str) -> None:
            module = sys.modules[name]
            if name == _RANDOM:
                self._listen(patches, module)
            else:
                # Keras 3.3: it has another name there, and initializes itself as it is made.
                kind = getattr(module, "Variable", None) or module.KerasVariable
                later = hasattr(kind, "_initialize_with_initializer")
                made = "_initialize_with_initializer" if later else "__init__"
                patches.wrap(kind, made, self._initializing)

        alarm = Alarm((_VARIABLES, _RANDOM), wake)
        alarm.__enter__()
        patches.on_undo(lambda: alarm.__exit__(None, None, None))

    def _listen(self, patches: Patches, module: Any) -> None:
        for name in _DRAWS:
            if hasattr(module, name):
                patches.wrap(module, name, self._drawing)

    def of(self, thing: Any) -> Making:
        """How it was made."""
        known = self._known.get(id(thing))
        return known[1] if known is not None and known[0]() is thing else Making.UNKNOWN

    def _drawing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def draw(*args: Any, **kwargs: Any) -> Any:
            value = original(*args, **kwargs)
            kind = type(value)
            if issubclass(kind, jax.Array) and not issubclass(kind, core.Tracer):
                self._known[id(value)] = weakref.ref(value), Making.RANDOM
            return value

        return draw

    def _initializing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def initialize(variable: Any, initializer: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(variable, initializer, *args, **kwargs)
            module = type(initializer).__module__.rpartition(".")[2]
            if module in _INITIALIZERS:
                self._known[id(variable)] = weakref.ref(variable), _INITIALIZERS[module]
            return result

        return initialize
