"""Data that leaves torch for Python or NumPy, and what comes back from there.

Between the two nothing is seen; a link is concluded from an equal number, the same memory,
equal contents, the same statement, or the flow of names in the person's source.
"""

from __future__ import annotations

from math import isfinite
from types import FrameType
from typing import Any, Final, NamedTuple

from whygrad.backends.torch.ops import Plan
from whygrad.runtime.callsite import Callsites
from whygrad.runtime.expressions import line_of, statement_of

_NUMBERS: Final = 4096
_BYTES: Final = 1 << 16
_ENTRIES: Final = frozenset(
    ("tensor", "as_tensor", "asarray", "from_numpy", "frombuffer", "Tensor", "full",
     "scalar_tensor", "new_tensor", "new_full", "full_like", "array_wrap", "fill", "setitem")
)  # fmt: skip
"""Calls through which data comes in; other calls count only with a Python number."""


class Left(NamedTuple):
    """One leaving: the value, how, the numbers, and where in which frames of the person."""

    value: int
    how: str
    site: int
    stack: tuple[int, ...]
    numbers: frozenset[float]
    memory: int
    digest: int


class Came(NamedTuple):
    """One coming back: the value it went into, through what, where."""

    value: int
    how: str
    site: int
    numbers: tuple[float, ...]
    memory: int
    digest: int
    left_before: int
    """How many leavings came before it in the step."""


class Link(NamedTuple):
    """A leaving and where its data came back."""

    left: Left
    came: Came


class Leaving:
    """The leavings of one step. `active` is read at every op, so that most steps pay nothing."""

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites
        self.active = False
        self.lefts: list[Left] = []
        self.comes: list[Came] = []

    def clear(self) -> None:
        """Forget everything, for a new step."""
        self.active = False
        self.lefts.clear()
        self.comes.clear()

    def left(self, how: str, value: int, out: Any, frame: FrameType | None) -> None:
        """Note that `value` left as `out`."""
        self.active = True
        site = self.callsites.capture(frame)
        stack = self.callsites.stack(frame)
        numbers: frozenset[float] = frozenset()
        memory = digest = 0
        if type(out) in (int, float):
            numbers = frozenset(_telling((out,)))
        elif type(out) is list:
            numbers = frozenset(_telling(_flat(out)))
        elif hasattr(out, "__array_interface__"):
            memory, digest = _memory(out)
            numbers = _few(out)
        self.lefts.append(Left(value, how, site, stack, numbers, memory, digest))

    def came(self, plan: Plan, args: Any, kwargs: Any, value: int, site: int) -> None:
        """Note numbers or arrays among the arguments of an op that made `value`."""
        entry = plan.name in _ENTRIES
        if not entry and not plan.numbers:
            return
        numbers: list[float] = []
        memory = digest = 0
        for item in (*args, *(kwargs or {}).values()):
            kind = type(item)
            if kind is float or kind is int:
                numbers.append(item)
            elif kind in (list, tuple) and entry:
                numbers.extend(_flat(item))
            elif hasattr(item, "__array_interface__") and not isinstance(item, type):
                memory, digest = _memory(item)
                numbers.extend(_few(item))
        if entry or any(type(n) is float for n in numbers) or memory or _telling(numbers):
            self.comes.append(
                Came(value, plan.name, site, tuple(_telling(numbers)), memory, digest,
                     len(self.lefts))
            )  # fmt: skip

    def links(self) -> list[Link]:
        """Match what came back with what left before it."""
        by_number: dict[float, list[int]] = {}
        by_memory: dict[int, list[int]] = {}
        by_statement: dict[Any, list[int]] = {}
        for index, left in enumerate(self.lefts):
            for number in left.numbers:
                by_number.setdefault(number, []).append(index)
            for token in (left.memory, left.digest):
                if token:
                    by_memory.setdefault(token, []).append(index)
            for key in left.stack:
                by_statement.setdefault(self._statement(key), []).append(index)
        found = []
        for came in self.comes:
            matches: set[int] = set()
            for number in came.numbers:
                matches.update(by_number.get(number, ()))
            for token in (came.memory, came.digest):
                if token:
                    matches.update(by_memory.get(token, ()))
            matches.update(by_statement.get(self._statement(came.site), ()))
            found += [
                Link(self.lefts[i], came)
                for i in sorted(matches)
                if i < came.left_before and self.lefts[i].value < came.value
            ]
        return found

    def _statement(self, site: int) -> tuple[str, int]:
        code = self.callsites.sites[site].code
        if code is None:
            return ("", -site)
        line = line_of(code, self.callsites.sites[site].offset)
        return (code.co_filename, statement_of(code.co_filename, line)[0])


def _telling(numbers: Any) -> list[float]:
    """Only those numbers by which one can tell where they come from."""
    return [n for n in numbers if type(n) is float and isfinite(n) and n * 1024 % 1]


def _flat(items: Any) -> list[Any]:
    numbers: list[Any] = []
    todo = [items]
    while todo and len(numbers) < _NUMBERS:
        item = todo.pop()
        if isinstance(item, (list, tuple)):
            todo.extend(item[:_NUMBERS])
        elif isinstance(item, float):
            numbers.append(float(item))
        elif hasattr(item, "__array_interface__") and not hasattr(item, "requires_grad"):
            numbers.extend(_few(item))
    return numbers


def _memory(array: Any) -> tuple[int, int]:
    """Where an array's numbers lie, and a digest of what they are."""
    try:
        place = int(array.__array_interface__["data"][0])
        size = int(array.nbytes)
        digest = hash(array.tobytes()) if 0 < size <= _BYTES else 0
    except (AttributeError, TypeError, ValueError, KeyError):
        return 0, 0
    return place if size else 0, digest


def _few(array: Any) -> frozenset[float]:
    """The numbers of a small array."""
    try:
        if array.size > 64 or array.dtype.kind != "f":
            return frozenset()
        return frozenset(_telling([float(n) for n in array.ravel().tolist()]))
    except (AttributeError, TypeError, ValueError):
        return frozenset()
