"""What happens in a staged function: told once while JAX traces it, true of each of its runs."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from whygrad.backends.jax.flow import Program
from whygrad.backends.jax.marks import marked


@dataclass(slots=True, eq=False)
class Update:
    """One update by an optimizer: done now, or staged to be done whenever its function runs."""

    optimizer: weakref.ref[Any]
    variables: list[weakref.ref[Any]]
    site: int
    gradients: Sequence[Any] = ()
    old: Sequence[Any] = ()


@dataclass(slots=True, eq=False)
class Run:
    """What was found of one event when its function ran, by role and position."""

    event: Program | Update
    found: dict[tuple[str, int], Any] = field(default_factory=dict)

    def all(self, role: str, count: int) -> list[Any]:
        """The values of a role, in order; None for what was not found."""
        return [self.found.get((role, place)) for place in range(count)]


class Staged:
    """The events of staged functions in the order in which they were traced, and their marks."""

    def __init__(self) -> None:
        self._events: dict[int, Program | Update] = {}
        self._numbers: dict[int, int] = {}
        self._marks: dict[int, tuple[int, str, int]] = {}
        """By mark, the number of an event, a role in it, a position."""

    def mark(self, event: Program | Update, role: str, values: Sequence[Any]) -> list[Any]:
        """The values, to be found again whenever the function runs that is being staged."""
        number = self._numbers.get(id(event))
        if number is None:
            number = self._numbers[id(event)] = len(self._events)
            self._events[number] = event
        result: list[Any] = []
        for place, value in enumerate(values):
            if value is None:
                result.append(None)
                continue
            # Unlike those of any other observation in this process.
            mark = _next_mark()
            self._marks[mark] = number, role, place
            result.append(marked(value, mark))
        return result

    def runs(self, found: Mapping[int, Any], keys: Sequence[int]) -> Iterator[Run]:
        """The events of one run, in order."""
        runs: dict[int, Run] = {}
        for mark in keys:
            if mark in self._marks:
                number, role, place = self._marks[mark]
                run = runs.setdefault(number, Run(self._events[number]))
                run.found[role, place] = found.get(mark)
        yield from (runs[number] for number in sorted(runs))


_marks_made = [0]


def _next_mark() -> int:
    _marks_made[0] += 1
    return _marks_made[0]
