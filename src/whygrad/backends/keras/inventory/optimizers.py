"""Which optimizer updates which variable, at what rate, and how often each has stepped.

An optimizer of TensorFlow's is given variables with every update. What it was built with says what
it may get; what it was given is what it holds.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from whygrad.backends.keras import updating, updating_2
from whygrad.backends.keras.inventory.modules import is_optimizer
from whygrad.backends.keras.inventory.things import key_of
from whygrad.backends.shared.slot import Held


@dataclass(slots=True, eq=False)
class _Given:
    """The variables of one optimizer, by key, weakly."""

    things: dict[int, weakref.ref[Any]] = field(default_factory=dict)
    stepped: bool = False


class Optimizers:
    """All optimizers seen, in the order in which they were built."""

    def __init__(self) -> None:
        self.all: list[Held] = []
        self.rates = updating.Rates()
        self._known: dict[int, Held] = {}
        self._given: dict[Held, _Given] = {}

    def adopt(self, optimizer: Any, place: int = 0, moment: int = 0) -> Held:
        """Give what is known of an optimizer, from now on if it is new."""
        known = self._known.get(id(optimizer))
        if known is None or known.ref() is not optimizer:
            kind = type(optimizer).__name__
            known = Held(weakref.ref(optimizer), kind, len(self.all), place, moment)
            self._known[id(optimizer)] = known
            self._given[known] = _Given()
            self.all.append(known)
        return known

    def adopt_existing(self, wanted: set[int | None] | None = None) -> None:
        """Find optimizers that were built before observation began, with some of these. Whether
        they still step is not known: no step waits for them.
        """
        for candidate in gc.get_objects():
            if not is_optimizer(candidate) or self.knows(candidate):
                continue
            keys = {key_of(each) for each in updating.variables_of(candidate)}
            untold = updating.unbuilt(candidate) or not updating.is_optimizer(candidate)
            if wanted is None or keys & wanted or untold:
                self.adopt(candidate).idle = True

    def knows(self, optimizer: Any) -> bool:
        """Whether this optimizer has been seen before."""
        known = self._known.get(id(optimizer))
        return known is not None and known.ref() is optimizer

    def awaited(self, keys: set[int]) -> bool:
        """Whether some optimizer may take the gradients of these variables."""
        for _, optimizer in self.alive():
            if not updating.is_optimizer(optimizer) or updating.unbuilt(optimizer):
                return True  # it will be told with its first update
            if any(key_of(each) in keys for each in updating.variables_of(optimizer)):
                return True
        return False

    def given(self, optimizer: Any, variables: Iterable[Any]) -> None:
        """An optimizer is asked to update these."""
        given = self._given[self.adopt(optimizer)]
        given.stepped = True
        for variable in variables:
            key = key_of(variable)
            if key is not None:
                given.things[key] = weakref.ref(variable)

    def used(self, optimizer: Any, rate: float | None) -> None:
        """An update in a traced function had this rate."""
        if rate is not None:
            held = self.adopt(optimizer)
            held.rates[:1] = [max(rate, (held.rates or [None])[0] or 0.0)]

    def traced_rate(self, optimizer: Any) -> Any:
        """The rate that an update which is being traced will use."""
        if not updating.is_optimizer(optimizer):
            return None
        # A schedule is asked while the update is traced, and its answer is part of the graph.
        rate = self.rates.seen(optimizer)
        return getattr(optimizer, "_learning_rate", None) if rate is None else rate

    def alive(self) -> Iterator[tuple[Held, Any]]:
        """Those that still exist. A loss-scaling one stands for the one inside it."""
        for held in self.all:
            optimizer = held.ref()
            if optimizer is not None and not hasattr(optimizer, "inner_optimizer"):
                yield held, optimizer

    def expected(self) -> list[Held]:
        """Those for whose step an observed step waits."""
        return [held for held, _ in self.alive() if not held.idle]

    def counted(self) -> list[Held]:
        """Every one that was seen."""
        return self.all

    def holding(self) -> list[Held]:
        """Those that live and hold something."""
        return [held for held, optimizer in self.alive() if any(self.held_by(held, optimizer))]

    def held_by(self, held: Held, optimizer: Any) -> Iterator[tuple[int, Any]]:
        """Key and variable of everything that an optimizer was given, else was built with."""
        given = self._given[held]
        if given.stepped:
            for key, ref in given.things.items():
                thing = ref()
                if thing is not None:
                    yield key, thing
            return
        for variable in updating.variables_of(optimizer):
            own = key_of(variable)
            if own is not None:
                yield own, variable

    def built(self, optimizer: Any) -> list[Any]:
        """What it was built with."""
        return updating.variables_of(optimizer)

    def read_rates(self) -> None:
        """Note sizes and learning rates; of a rate that changes, the highest is kept."""
        for held, optimizer in self.alive():
            held.sizes = (sum(1 for _ in self.held_by(held, optimizer)),)
            if updating.is_optimizer(optimizer):
                rate = self.rates.of(optimizer)
            else:
                rate = updating_2.rate_of(optimizer)
            if not held.rates:
                held.rates.append(None)
            if rate is not None:
                held.rates[0] = max(rate, held.rates[0] or 0.0)

    def fingerprint(self) -> int:
        """A number that changes when the optimizers hold something else."""
        return hash(
            tuple((h.number, tuple(key for key, _ in self.held_by(h, o))) for h, o in self.alive())
        )

    def holders(self) -> dict[int, list[tuple[Held, int]]]:
        """Who holds which variable, by its key."""
        found: dict[int, list[tuple[Held, int]]] = {}
        for held, optimizer in self.alive():
            for key, _ in self.held_by(held, optimizer):
                found.setdefault(key, []).append((held, 0))
        return found
