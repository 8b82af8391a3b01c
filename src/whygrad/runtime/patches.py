"""Attributes of the framework put aside for a while, and put back exactly as they were."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class Patches:
    """Everything that must be undone when observation ends, undone in reverse order."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def wrap(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Put `make(original)` in place of `owner.name`. An inherited attribute is shadowed."""
        own = vars(owner)
        had, kept = name in own, own.get(name)
        original = getattr(owner, name)
        replacement = functools.wraps(original)(make(original))
        setattr(owner, name, replacement)

        def undo() -> None:
            # Somebody else may have wrapped our wrapper since; taking theirs away would break
            # them, and ours does nothing any more once observation is over.
            if vars(owner).get(name) is not replacement:
                return
            if had:
                setattr(owner, name, kept)
            else:
                delattr(owner, name)

        self._undo.append(undo)

    def on_undo(self, action: Callable[[], None]) -> None:
        """Remember something else to be done at the end, such as removing a hook."""
        self._undo.append(action)

    def undo(self) -> None:
        """Put everything back. A second call finds nothing to do."""
        while self._undo:
            self._undo.pop()()
