"""When an observed step is over, and when all of them are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

AT_MOST = 4
"""So many times the wanted steps are observed where optimizers take turns unevenly."""

ACCUMULATED = 128
"""More backwards than this without a step of any optimizer are no accumulation any more."""


class Counted(Protocol):
    """One optimizer, as far as its steps are counted."""

    steps: int
    steps_in_step: int
    idle: bool
    """It let a whole observed step pass without stepping, so no step waits for it."""


class Optimizers(Protocol):
    """All optimizers of a run."""

    def counted(self) -> Sequence[Counted]:
        """Every one that was seen."""

    def expected(self) -> Sequence[Counted]:
        """Those for whose step an observed step waits."""

    def holding(self) -> Sequence[Counted]:
        """Those that live and hold something."""


class Stepping:
    """Counts what the loop does within the observed step that is going on."""

    def __init__(self, optimizers: Optimizers, limit: int) -> None:
        self.optimizers = optimizers
        self.limit = max(1, limit)
        self.done = 0
        self.finished = False
        self.stop_here = False
        self.backwards = 0
        self.stepped = False
        self.cleared = False
        """Gradients were cleared since the last backward."""
        self.kept = False
        self.aside = False
        """The backward that runs asks for no variable's gradient."""
        self.in_backward = False
        self._ever_stepped = False
        self._ever_differentiated = False
        self._restarts = 0

    def backward_begins(self, carried: bool) -> bool:
        """True where gradients were cleared since the last backward and nobody saw who did."""
        by_hand = (
            self._ever_differentiated and not self.backwards and not carried and not self.cleared
        )
        if self.cleared and self.backwards and not self.stepped:
            self._restarts += 1
        self.backwards += 1
        self.cleared = False
        self._ever_differentiated = True
        return by_hand

    def ends_at_backward(self) -> bool:
        """Without optimizers a backward ends the step, unless its graph is kept for another."""
        if self.optimizers.expected():
            return not self._ever_stepped and self.backwards >= ACCUMULATED
        return not self.kept or self.backwards >= AT_MOST

    def ends_at_clearing(self) -> bool:
        """With optimizers that never step, clearing after a backward ends the step."""
        return self._restarts >= 2 and not self._ever_stepped and self.backwards > 0

    def stepped_by(self, held: Counted) -> bool:
        """Count a step. True where the observed step is over."""
        again = held.steps_in_step > 0
        self.also_stepped(held)
        return again or all(h.steps_in_step for h in self.optimizers.expected())

    def also_stepped(self, held: Counted) -> None:
        """Count a step that another optimizer's step made."""
        held.steps += 1
        held.steps_in_step += 1
        held.idle = False
        self.stepped = self._ever_stepped = True

    def skipped_by(self, held: Counted) -> bool:
        """Count a step that was left out. True where the observed step is over."""
        held.steps_in_step += 1
        return all(h.steps_in_step for h in self.optimizers.expected())

    def closed(self) -> None:
        """An observed step is over."""
        if self.stepped:
            for held in self.optimizers.expected():
                held.idle = not held.steps_in_step
        for held in self.optimizers.counted():
            held.steps_in_step = 0
        self.done += 1
        self.backwards = 0
        self.stepped = False
        self.finished = self._enough()

    def _enough(self) -> bool:
        if self.done >= AT_MOST * self.limit:
            return True
        if self.done < self.limit:
            return False
        for held in self.optimizers.holding():
            if self._ever_stepped and held.steps < (1 if held.idle else self.limit):
                return False
        return True
