"""Whose a variable is that no layer lists: a `keras.Variable` around it, the loss that holds it."""

from __future__ import annotations

import weakref
from types import FrameType
from typing import Any, Final

from whygrad.backends.keras import parts, parts_2
from whygrad.backends.keras.inventory.things import key_of
from whygrad.runtime.callsite import Callsites

_DEPTH: Final = 16
"""So many frames lie between the person's code and the making of a variable, at most."""


class Owners:
    """Looked up when a variable is made, by its key. Keeps nothing alive."""

    def __init__(self, callsites: Callsites) -> None:
        self._callsites = callsites
        self._wrappers: dict[int, weakref.ref[Any]] = {}
        self._losses: dict[int, weakref.ref[Any]] = {}

    def made(self, key: int, frame: FrameType | None) -> None:
        """A variable was made."""
        caller, wrapper = self._around(frame)
        if wrapper is not None:
            self._wrappers[key] = weakref.ref(wrapper)
        if caller is not None and is_loss(own := _self(caller)):
            self._losses[key] = weakref.ref(own)

    def _around(self, frame: FrameType | None) -> tuple[FrameType | None, Any]:
        """The person's frame that made a variable, and the `keras.Variable` that they made in it.
        One that a library makes for itself is no business of theirs.
        """
        wrapper, direct = None, False
        for _ in range(_DEPTH):
            if frame is None:
                break
            if self._callsites.is_person(frame.f_code.co_filename):
                return frame, wrapper if direct else None
            own = _self(frame)
            direct = parts.is_variable(own)
            wrapper, frame = own if direct else wrapper, frame.f_back
        return None, None

    def wrapper(self, key: int) -> Any:
        """The `keras.Variable` that the person's own code made, around this variable."""
        ref = self._wrappers.get(key)
        return None if ref is None else ref()

    def loss(self, key: int) -> tuple[Any, str] | None:
        """The loss that keeps it, and in which attribute."""
        ref = self._losses.get(key)
        loss = None if ref is None else ref()
        for name, value in list(vars(loss).items()) if loss is not None else ():
            if key_of(value) == key:
                return loss, name
        return None


def is_loss(value: Any) -> bool:
    """Whether it is a loss of either Keras, which lists no variables."""
    return parts.is_loss(value) or parts_2.is_loss(value)


def _self(frame: FrameType) -> Any:
    """What a method is of; the other locals are left alone."""
    code = frame.f_code
    method = code.co_argcount and code.co_varnames[0] == "self"
    return frame.f_locals.get("self") if method else None
