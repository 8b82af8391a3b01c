"""One fault of a training loop as data, and the questions that all of them ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from whygrad.source.dataflow.program import Program, Programs, programs
from whygrad.source.dataflow.record import Event, Found, Happened
from whygrad.source.dataflow.values import ANY, Object, Root, Site
from whygrad.source.project.project import Project


class Fault(NamedTuple):
    """Something wrong at `site`; `other` is a further place that belongs to it."""

    kind: str
    site: Site
    names: tuple[str, ...] = ()
    optimizer: str = ""
    other: Site | None = None
    certain: bool = True
    framework: str = "torch"
    instead: str = ""
    """What stands in the place of what `names` are."""


class Loop(NamedTuple):
    """A program with what its optimizers hold."""

    program: Program
    every: Programs

    @property
    def found(self) -> Found:
        return self.program.found

    def happened(self, *what: Happened) -> list[Event]:
        """The events of these kinds, in order."""
        return [e for e in self.found.events if e.what in what]

    @property
    def optimizers(self) -> list[Object]:
        """Those that were built or used, each once."""
        kinds = (Happened.BUILT, Happened.STEPPED, Happened.CLEARED)
        return list(dict.fromkeys(e.object for e in self.happened(*kinds) if e.object is not None))

    def held_by(self, optimizer: Object) -> set[Root]:
        """What it was given."""
        return {r for r, several in self.found.held.items() if optimizer in several}

    def seen(self, optimizer: Object) -> bool:
        """Whether all that is done with it was seen: no other code got it."""
        return optimizer.site is not None and optimizer not in self.found.handed

    def names(self, roots: Iterable[Root]) -> tuple[str, ...]:
        """What the person calls them."""
        ordered = sorted(
            (r for r in roots if r.site is not None), key=lambda r: (r.site or (), r.inside)
        )
        names = (self.found.names.get(r, "") for r in ordered)
        return tuple(dict.fromkeys(n for n in names if n))


def loops(project: Project) -> Iterator[Loop]:
    """The programs that train something and that were followed to their end."""
    every = programs(project)
    for program in every.several:
        if program.found.events:
            yield Loop(program, every)


def covers(event: Event, optimizer: Object, loop: Loop) -> bool:
    """Whether gradients that an optimizer uses are cleared by an event."""
    if event.object is not None:
        return event.object == optimizer
    roots = {f.root for f in event.value.flows}
    held = loop.held_by(optimizer)
    return ANY in roots or ANY in held or not held or bool(roots & held)


def given(event: Event, optimizer: Object, loop: Loop) -> bool:
    """Whether `backward` gives an optimizer gradients to use."""
    held = loop.held_by(optimizer)
    return not held or ANY in held or bool(event.value.live & (held | {ANY}))


def distinct(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Each fault once: loops are followed twice."""
    seen: dict[tuple[str, Site], Fault] = {}
    for fault in faults:
        seen.setdefault((fault.kind, fault.site), fault)
    return tuple(seen.values())
