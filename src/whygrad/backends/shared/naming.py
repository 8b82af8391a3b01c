"""What the person calls their models, optimizers and loose tensors: the names in their frames."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from whygrad.backends.shared.classes import Classes

MANY = 200
"""Longer lists and larger objects are data, not a handful of models."""


class Names:
    """Names seen so far. The outermost frame wins: a script's own name over a parameter's."""

    def __init__(self, classes: Classes, named: Callable[[Any], bool]) -> None:
        """`named` tells of any object whether its name is of interest."""
        self._classes = classes
        self._named = named
        self._known: dict[int, tuple[weakref.ref[Any], tuple[int, int], str]] = {}
        self._bound: dict[tuple[int, str], int] = {}
        """What the names themselves stood for when they were last read, by depth and name."""
        self._met: set[int] = set()
        """All that had a name then."""

    def look(self, frame: FrameType | None) -> None:
        """Read the names in the person's frames from `frame` outward."""
        frames = []
        self._bound.clear()
        self._met.clear()
        while frame is not None:
            if self._classes.callsites.is_person(frame.f_code.co_filename):
                frames.append(frame)
            frame = frame.f_back
        for depth, each in enumerate(reversed(frames)):
            for name, value in _locals(each):
                self._note(name, value, depth)

    def _note(self, name: str, value: Any, depth: int) -> None:
        hidden = 1000 if name.startswith("_") else 0
        if self._named(value):
            if name not in ("self", "cls"):
                self._bound[depth + hidden, name] = id(value)
                self.give(value, name, (depth + hidden, 0))
        elif type(value) in (list, tuple) and len(value) <= MANY:
            self._members(name, enumerate(value), depth + hidden)
        elif type(value) is dict and len(value) <= MANY:
            self._members(name, list(value.items()), depth + hidden)
        else:
            self._attributes(name, value, depth + hidden)

    def _attributes(self, name: str, value: Any, depth: int) -> None:
        """`self.model` of a trainer is called `model`; `trainer.model` from outside as well."""
        held = getattr(value, "__dict__", None)
        if type(held) is not dict or len(held) > MANY or isinstance(value, type):
            return
        if not self._classes.is_person(type(value)):
            return
        for attribute, inner in list(held.items()):
            if self._named(inner):
                self.give(inner, attribute, (depth, 1))

    def _members(self, name: str, items: Any, depth: int) -> None:
        for key, inner in items:
            if self._named(inner):
                self.give(inner, f"{name}.{key}", (depth, 2))

    def give(self, value: Any, name: str, rank: tuple[int, int]) -> None:
        """Keep `name` where nothing better ranked is known for this very object."""
        self._met.add(id(value))
        known = self._known.get(id(value))
        if known is None or known[0]() is not value or rank < known[1]:
            self._known[id(value)] = (weakref.ref(value), rank, name)

    def of(self, value: Any) -> str | None:
        """The best name known for an object."""
        known = self._known.get(id(value))
        return known[2] if known is not None and known[0]() is value else None

    def lost(self, value: Any) -> bool:
        """Whether its name stands for another object by now, and it has none any more."""
        known = self._known.get(id(value))
        if known is None or known[0]() is not value or id(value) in self._met or known[1][1]:
            return False
        return self._bound.get((known[1][0], known[2]), id(value)) != id(value)

    def of_kind(self, kind: type) -> Iterator[tuple[str, Any]]:
        """Every named object of a kind that still lives."""
        for ref, _, name in list(self._known.values()):
            value = ref()
            if isinstance(value, kind):
                yield name, value


_READS_LOCALS = frozenset({"locals", "vars", "dir", "eval", "exec", "_getframe", "currentframe"})


def _locals(frame: FrameType) -> list[tuple[str, Any]]:
    values = frame.f_locals
    items = list(values.items())
    code = frame.f_code
    copied = code.co_flags & inspect.CO_OPTIMIZED and isinstance(values, dict)
    if copied and _READS_LOCALS.isdisjoint(code.co_names):
        # Before 3.13 a function's f_locals is a copy that stays with the frame, and with it
        # every tensor in it, although the function may have let go of them. It is also what
        # `locals()` gave the function, so where it may have asked, it is left alone.
        values.clear()
    return items
