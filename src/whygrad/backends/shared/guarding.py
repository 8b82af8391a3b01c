"""A fault of ours is told, and then we step aside: the person's script must not notice."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

_M = TypeVar("_M", bound=Callable[..., Any])


def guarded(method: _M) -> _M:
    """For methods of an observation; nothing is done once it is over."""

    @functools.wraps(method)
    def call(self: Any, *args: Any) -> Any:
        if not self.active:
            return None
        try:
            return method(self, *args)
        except Exception as error:
            self.fault(error)
            return None

    return call  # type: ignore[return-value]
