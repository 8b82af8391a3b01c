"""Variables and tensors, of TensorFlow or of either Keras, asked in one way.

The `_id` of a tensor or of a variable's handle is drawn from a counter, so it names the thing for
good: a new variable under an old name has another one.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

from whygrad.backends.keras import parts
from whygrad.backends.keras.inventory.handles import FLOATING, RESOURCE, handle_of


class Kit(Protocol):
    """Another framework's answers to what is asked here, of what is its own."""

    def owns(self, thing: Any) -> bool: ...
    def is_variable(self, thing: Any) -> bool: ...
    def is_tensor(self, thing: Any) -> bool: ...
    def inner(self, thing: Any) -> Any: ...
    def key_of(self, thing: Any) -> int | None: ...
    def is_trainable(self, thing: Any) -> bool: ...
    def shape_of(self, thing: Any) -> tuple[int, ...]: ...
    def dtype_of(self, thing: Any) -> str: ...
    def is_floating(self, thing: Any) -> bool: ...
    def own_name(self, thing: Any) -> str | None: ...
    def numbers_of(self, thing: Any) -> Any: ...


_KITS: list[Kit] = []


def also(kit: Kit) -> None:
    """From now on what the kit owns is a variable or a tensor as well."""
    if kit not in _KITS:
        _KITS.append(kit)


def no_longer(kit: Kit) -> None:
    """Undo `also`."""
    if kit in _KITS:
        _KITS.remove(kit)


def other(thing: Any) -> Kit | None:
    """Whose a thing is, where it is not TensorFlow's."""
    return next((kit for kit in _KITS if kit.owns(thing)), None)


def is_variable(thing: Any) -> bool:
    """Whether it is a variable of TensorFlow, or one of Keras 3 over one."""
    if _KITS and (kit := other(thing)) is not None:
        return kit.is_variable(thing)
    if parts.is_variable(thing):
        return _of_tensorflow(getattr(thing, "_value", None))
    return _of_tensorflow(thing)


def _of_tensorflow(thing: Any) -> bool:
    module = sys.modules.get("tensorflow.python.ops.variables")
    base = getattr(module, "Variable", None)
    return base is not None and issubclass(type(thing), base)


def is_tensor(thing: Any) -> bool:
    """Whether it is a tensor with numbers in it; one of a graph that is being traced is not."""
    if _KITS and (kit := other(thing)) is not None:
        return kit.is_tensor(thing)
    enum = getattr(type(thing), "_datatype_enum", None)
    return enum is not None and thing._datatype_enum() != RESOURCE


def inner(thing: Any) -> Any:
    """The `tf.Variable` in one of Keras 3; anything else as it is."""
    if _KITS and (kit := other(thing)) is not None:
        return kit.inner(thing)
    return thing._value if parts.is_variable(thing) else thing


def key_of(thing: Any) -> int | None:
    """What names it; None for what lives in a graph only, or is spread over devices."""
    if _KITS and (kit := other(thing)) is not None:
        return kit.key_of(thing)
    handle = handle_of(thing)
    key = getattr(thing if handle is None else handle, "_id", None)
    return key if isinstance(key, int) else None


def is_trainable(thing: Any) -> bool:
    """Its own flag; a layer around it may say otherwise. A tensor has none."""
    if _KITS and (kit := other(thing)) is not None:
        return kit.is_trainable(thing)
    return is_variable(thing) and bool(getattr(thing, "trainable", False))


def watched_by_itself(thing: Any) -> bool:
    """Whether a tape watches it unasked: by the flag with which the `tf.Variable` was made."""
    return is_variable(thing) and bool(getattr(inner(thing), "_trainable", False))


def shape_of(thing: Any) -> tuple[int, ...]:
    """Its shape, where it is known."""
    if _KITS and (kit := other(thing)) is not None:
        return kit.shape_of(thing)
    shape = inner(thing).shape
    return () if shape.rank is None else tuple(int(side or 0) for side in shape)


def dtype_of(thing: Any) -> str:
    """The name of its dtype."""
    if _KITS and (kit := other(thing)) is not None:
        return kit.dtype_of(thing)
    return str(inner(thing).dtype.name).removesuffix("_ref")


def is_floating(thing: Any) -> bool:
    """Whether a gradient can be of it."""
    if _KITS and (kit := other(thing)) is not None:
        return kit.is_floating(thing)
    return inner(thing).dtype.as_datatype_enum % 100 in FLOATING


def own_name(thing: Any) -> str | None:
    """What the framework calls a variable: `net/dense/kernel`."""
    if _KITS and (kit := other(thing)) is not None:
        return kit.own_name(thing)
    if not is_variable(thing):
        return None
    path = getattr(thing, "path", None) if parts.is_variable(thing) else None
    return str(path or thing.name).removesuffix(":0")
