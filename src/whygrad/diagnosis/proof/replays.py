"""Replays of one recording's steps: each made once, checked first, and within a budget."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from whygrad.flow.recording import Recording
from whygrad.flow.replaying import CannotReplayError, Change, Replayed, Replayer, Update

_REPLAYS = 12


@dataclass(slots=True)
class Budget:
    """What all replays of a report may cost together. Checks of a step are not counted."""

    replays: int = _REPLAYS
    seconds: float = math.inf

    def check(self) -> None:
        """Raise where nothing is left."""
        if self.replays <= 0:
            raise CannotReplayError("not replayed: the replays for one report were used up")
        if self.seconds <= 0:
            raise CannotReplayError("not replayed: the time for replays was used up")


class Replays:
    """Asks the backend, keeps the answers, and turns its own faults into reasons."""

    def __init__(self, recording: Recording, replayer: Replayer, budget: Budget) -> None:
        self._recording = recording
        self._replayer = replayer
        self._budget = budget
        self._known: dict[object, Replayed | CannotReplayError] = {}
        self.steps: tuple[int, ...] = ()
        self.unkept: str | None = None
        """Why there is no step to run again."""
        self._look()

    def unchanged(self, step: int) -> Replayed:
        """The step as it is. The backend holds it against what was observed."""
        variables = self._recording.variables
        seen = [v.steps[step].value for v in variables if v.trainable and v.leaf]
        return self._asked(step, tuple(sorted({value for value in seen if value is not None})))

    def changed(
        self,
        step: int,
        wanted: Sequence[int],
        changes: Sequence[Change],
        update: Update | None = None,
    ) -> Replayed:
        """The step with something changed, once it is known that it can be run again."""
        self.unchanged(step)
        return self._asked(step, tuple(wanted), tuple(changes), update)

    def _look(self) -> None:
        try:
            count = len(self._recording.steps)
            self.steps = tuple(step for step in self._replayer.steps() if 0 <= step < count)
            if not self.steps and count:
                self._replayer.replay(count - 1, ())
        except CannotReplayError as error:
            self.unkept = str(error)
        except Exception as fault:
            self.unkept = _fault(fault)
        if not self.steps and self.unkept is None:
            self.unkept = "no observed step was kept to be run again"

    def _asked(
        self,
        step: int,
        wanted: tuple[int, ...],
        changes: tuple[Change, ...] = (),
        update: Update | None = None,
    ) -> Replayed:
        key = (step, wanted, changes, update)
        known = self._known.get(key)
        if known is None:
            self._budget.check()
            self._budget.replays -= bool(changes or update)
            known = self._known[key] = self._timed(step, wanted, changes, update)
        if isinstance(known, CannotReplayError):
            raise known
        return known

    def _timed(
        self,
        step: int,
        wanted: tuple[int, ...],
        changes: tuple[Change, ...],
        update: Update | None,
    ) -> Replayed | CannotReplayError:
        began = time.perf_counter()
        try:
            return self._replayer.replay(step, wanted, changes, update)
        except CannotReplayError as error:
            return error
        except Exception as fault:
            return CannotReplayError(_fault(fault))
        finally:
            self._budget.seconds -= time.perf_counter() - began


def _fault(fault: Exception) -> str:
    line = (str(fault).strip().splitlines() or [""])[0][:120]
    return f"the replay itself failed: {type(fault).__name__}" + (f": {line}" if line else "")
