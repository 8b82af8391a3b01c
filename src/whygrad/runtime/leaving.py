"""Data that leaves a framework for Python or NumPy, and what comes back from there.

Between the two nothing is seen; a link is concluded from an equal number, the same memory,
equal contents, the same statement, or the flow of names in the person's source.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from math import isfinite
from types import FrameType
from typing import Any, Final, NamedTuple

from whygrad.model.source import SourceLocation
from whygrad.runtime.callsite import Callsites, Line
from whygrad.source.files import Sources
from whygrad.source.nameflow import Flow, NameFlow
from whygrad.source.numpy_calls import numpy_call

_NUMBERS: Final = 4096
_BYTES: Final = 1 << 16
_PAIRS: Final = 256
"""So many leavings at one place are linked with one coming back; a list of losses is shorter."""


class Left(NamedTuple):
    """One leaving: the value, how, the numbers, and where in which frames of the person."""

    value: int
    how: str
    site: int
    stack: tuple[int, ...]
    numbers: frozenset[float]
    tokens: tuple[int, ...]
    """Where the numbers lie, and a digest of them, for arrays."""


class Came(NamedTuple):
    """One coming back: the value it went into, through what, where."""

    value: int
    how: str
    site: int
    stack: tuple[int, ...]
    numbers: tuple[float, ...]
    tokens: tuple[int, ...]
    left_before: int
    """How many leavings came before it in the step."""
    entry: bool
    """A call through which data comes in, and not a number among an op's operands."""


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
        self._names = NameFlow(Sources(callsites.root))
        self._answers: dict[tuple[tuple[int, ...], tuple[int, ...]], bool] = {}
        self._written: dict[tuple[tuple[int, ...], tuple[float, ...]], bool] = {}

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
        tokens: tuple[int, ...] = ()
        if type(out) is float:
            numbers = frozenset(_telling((out,)))
        elif type(out) is list:
            numbers = frozenset(_telling(_flat(out)))
        elif hasattr(out, "__array_interface__"):
            tokens = _tokens(out)
            numbers = frozenset(_telling(_few(out)))
        self.lefts.append(Left(value, how, site, stack, numbers, tokens))

    def entered(
        self,
        how: str,
        items: Iterable[Any],
        value: int,
        frame: FrameType | None,
        *,
        entry: bool,
        arithmetic: bool = False,
    ) -> None:
        """Note numbers or arrays among `items`, the arguments of the call that made `value`.

        Where it is `arithmetic`, a Python int is a number too, and not a dimension or a size.
        """
        numbers: list[float] = []
        tokens: tuple[int, ...] = ()
        for item in items:
            kind = type(item)
            if kind is float or (kind is int and arithmetic):
                numbers.append(item)
            elif kind in (list, tuple) and entry:
                numbers.extend(_flat(item))
            elif hasattr(item, "__array_interface__") and not isinstance(item, type):
                tokens = _tokens(item)
                numbers.extend(_few(item))
        if entry or numbers or tokens:
            site = self.callsites.capture(frame)
            stack = self.callsites.stack(frame)
            told = tuple(numbers)
            self.comes.append(Came(value, how, site, stack, told, tokens, len(self.lefts), entry))

    def links(self) -> list[Link]:
        """Match what came back with what left before it."""
        if not self.comes:
            return []
        by_key: dict[float, list[int]] = {}
        by_stack: dict[tuple[int, ...], list[int]] = {}
        for index, left in enumerate(self.lefts):
            for key in (*left.numbers, *left.tokens):
                by_key.setdefault(key, []).append(index)
            by_stack.setdefault(left.stack, []).append(index)
        entries = {c.site for c in self.comes if c.entry}
        if self._names.stop_at(p for p in map(self.callsites.resolve, entries) if p is not None):
            self._answers.clear()
        found = []
        for came in self.comes:
            named: set[int] = set()
            for stack, indices in by_stack.items() if not self._written_out(came) else ():
                before = indices[: bisect_left(indices, came.left_before)][-_PAIRS:]
                if before and self._named(stack, came):
                    named.update(before)
            # One value may leave twice, to be printed and to come back: names tell the two apart.
            told = {self.lefts[i].value for i in named}
            keys = (*_telling(came.numbers), *came.tokens)
            equal = {i for key in keys for i in by_key.get(key, ())}
            matches = named | {i for i in equal if self.lefts[i].value not in told}
            found += [
                Link(self.lefts[i], came)
                for i in sorted(matches)
                if i < came.left_before and self.lefts[i].value < came.value
            ]
        return found

    def leads(self, left: Left, came: Came) -> bool:
        """Whether names lead from the one to the other, and no number is written there."""
        return not self._written_out(came) and self._named(left.stack, came)

    def given_to_numpy(self, left: Left) -> Left:
        """The same, at the function of NumPy that the source shows to get the value."""
        place = self.callsites.resolve(left.site)
        code = self.callsites.sites[left.site].code
        module = self._names.sources.module(place.path) if place is not None else None
        found = numpy_call(module, place) if module is not None and place is not None else None
        if found is None or code is None or place is None:
            return left
        how, call = found
        site = self.callsites.line(Line(code.co_filename, call.lineno, place.function))
        return left._replace(how=how, site=site)

    def _named(self, stack: tuple[int, ...], came: Came) -> bool:
        """Whether names in the person's source lead from one place to the other."""
        memo = (stack, came.stack)
        if memo not in self._answers:
            outward, inward = self._places(stack), self._places(came.stack)
            found = outward and inward and self._names.link(outward, inward)
            self._answers[memo] = isinstance(found, Flow)
        return self._answers[memo]

    def _written_out(self, came: Came) -> bool:
        """Whether the numbers are written at the place itself, as in `h * 0.5`."""
        memo = (came.stack[:1], came.numbers[:64])
        if memo not in self._written:
            places = self._places(came.stack[:1])
            self._written[memo] = bool(places) and self._names.written_out(places[0], memo[1])
        return self._written[memo]

    def _places(self, stack: tuple[int, ...]) -> tuple[SourceLocation, ...]:
        places = (self.callsites.resolve(key) for key in stack)
        return tuple(place for place in places if place is not None)


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


def _tokens(array: Any) -> tuple[int, ...]:
    """What an array is known by: where its numbers lie, and a digest of them."""
    try:
        size = int(array.nbytes)
        if not size:
            return ()
        place = int(array.__array_interface__["data"][0])
        # Kept apart from Python numbers, with which they share a table.
        digest = (hash(array.tobytes()) | 1 << 62,) if 8 <= size <= _BYTES else ()
        return (place, *digest)
    except (AttributeError, TypeError, ValueError, KeyError):
        return ()


def _few(array: Any) -> list[float]:
    """The numbers of a small array."""
    try:
        if array.size > 64 or array.dtype.kind != "f":
            return []
        return [float(n) for n in array.ravel().tolist()]
    except (AttributeError, TypeError, ValueError):
        return []
