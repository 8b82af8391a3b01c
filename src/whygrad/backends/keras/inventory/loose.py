"""Variables that no model holds and gradient reaches all the same, and movement without a step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from whygrad.backends.keras.inventory.assignments import Assignments
from whygrad.backends.keras.inventory.current import Current, Row
from whygrad.backends.keras.inventory.measuring import Before
from whygrad.backends.keras.inventory.models import Models
from whygrad.backends.keras.inventory.optimizers import Optimizers
from whygrad.backends.keras.inventory.things import (
    is_floating,
    is_trainable,
    is_variable,
    key_of,
    own_name,
)
from whygrad.backends.shared.naming import Names
from whygrad.backends.shared.places import Places
from whygrad.flow.tags import IN_LOSS
from whygrad.flow.variable import Home


class Loose:
    """Variables that tapes are asked about or ops have read, and that only optimizers hold."""

    def __init__(self, models: Models, names: Names, assignments: Assignments) -> None:
        self._models = models
        self._names = names
        self._assignments = assignments
        self._places = Places(assignments.callsites)
        self._waiting: tuple[int, list[tuple[Row, Before]]] | None = None

    def forget(self) -> None:
        """Let go of every variable."""
        self._waiting = None

    def look(self, sources: Iterable[Any], current: Current, read: Iterable[int]) -> None:
        """Take those that gradients are asked for, and (by key) those that ops have read."""
        born = {key_of(each.variable()): each.place for each in self._assignments.born}
        self._assignments.born.clear()
        for source in sources:
            if current.row(source) is None:
                self._take(source, born, current)
        for key in read:
            if key not in current.rows:
                variable = self._assignments.variable(key)
                if variable is not None:
                    self._take(variable, born, current)

    def _take(self, thing: Any, born: dict[int | None, int], current: Current) -> None:
        key = key_of(thing)
        if key is None or not (is_floating(thing) or is_trainable(thing)):
            return
        anew = born.get(key)
        if anew is None and self._once_held(key):
            return
        kept = self._assignments.owners.loss(key)
        name = self._name(thing, anew) if kept is None else self._in_loss(*kept)
        if name is None:
            return
        slot = self._models.loose(name, thing)
        if kept is not None:
            slot.home, slot.owner = Home.PLAIN_ATTRIBUTE, type(kept[0]).__name__
            slot.mention = type(kept[0]), kept[1]
            slot.tags.add(IN_LOSS)
        # A tensor that a tape is asked about together with variables is meant to be one.
        slot.trainable = slot.trainable or not is_variable(thing)
        if anew is not None:
            slot.created_in.add(current.step)
        current.take([(slot, thing)])

    def _in_loss(self, loss: Any, attribute: str) -> str:
        return f"{self._names.of(loss) or type(loss).__name__}.{attribute}"

    def _once_held(self, key: int) -> bool:
        """Whether a model held it before."""
        return key in self._models.earlier or self._assignments.was_attribute(key)

    def _name(self, thing: Any, born: int | None) -> str | None:
        """What the person calls it; of an optimizer's or a library's own state, nothing."""
        known = self._names.of(thing)
        if known is not None:
            return known
        made = self._assignments.made(thing)
        place = self._places.expression(made)
        if place is None:
            return None
        own = own_name(thing) or "variable"
        target = self._places.target(place)
        owned = self._assignments.owners.wrapper(key_of(thing) or 0) is not None
        if place.library is not None and not owned:
            if born is None:
                return None
            return f"{target or 'layer'}.{own.rpartition('/')[2]}"
        return target or own.rpartition("/")[2]

    def held(self, optimizers: Optimizers, current: Current) -> None:
        """What an optimizer holds and no model has, nor ever had, is a variable too."""
        for held, optimizer in optimizers.alive():
            for key, thing in optimizers.held_by(held, optimizer):
                if key not in current.rows and not self._once_held(key):
                    name = self._name(thing, None) or own_name(thing) or f"variable_{key}"
                    current.take([(self._models.loose(name, thing), thing)])

    # -- movement of what no optimizer holds

    def wait(self, current: Current, held: set[int]) -> None:
        """Remember the values of those that no optimizer updates, at a step's first backward."""
        rows = [row for key, row in current.rows.items() if key not in held]
        pairs = [(row, Before.of(row.thing)) for row in rows if row.slot.parameter]
        self._waiting = current.step, [(row, b) for row, b in pairs if b is not None]

    def settle(self, *, final: bool = False) -> None:
        """At the next step's first backward: see who moved meanwhile, whoever did it.

        At the very end an update by hand may be still to come: then only movement is a fact.
        """
        if self._waiting is None:
            return
        (step, rows), self._waiting = self._waiting, None
        for row, before in rows:
            seen: Any = row.slot.steps.get(step)
            moved = before.compare(row.thing)
            if seen is None or seen.moved is not None or (final and not moved.moved):
                continue
            row.slot.steps[step] = replace(seen, moved=moved.moved, update_norm=moved.by)
