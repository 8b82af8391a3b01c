"""The kept steps of an observation, run again on demand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from whygrad.backends.keras.inventory.measuring import measure
from whygrad.backends.shared.kept import KeptSteps, make_room, norm_of, reachable, seen_in
from whygrad.backends.tensorflow.replay.apart import apart, numbers
from whygrad.backends.tensorflow.replay.changes import Changed
from whygrad.backends.tensorflow.replay.checking import compare_gradients, compare_losses
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.backends.tensorflow.replay.running import Ran, run
from whygrad.backends.tensorflow.replay.uncovering import uncovered
from whygrad.backends.tensorflow.replay.updating import updates
from whygrad.flow.recording import Recording
from whygrad.flow.replaying import CannotReplayError, Change, ChangeKind, Replayed, Update
from whygrad.flow.variable import Observed


@dataclass(slots=True)
class Kept:
    """One kept step."""

    program: Program
    seen: Mapping[int, Observed] = field(default_factory=dict)
    """By value: the leaf variables that were trainable, as they were observed."""
    fault: CannotReplayError | None = None
    checked: bool = False


class TensorFlowReplayer(KeptSteps[Kept]):
    """Implements `flow.replaying.Replayer`."""

    def _usable(self, kept: Kept) -> bool:
        try:
            kept.program.check(kept.program.order())
        except CannotReplayError as error:
            kept.fault = error
            return False
        return True

    def replay(
        self,
        step: int,
        wanted: Sequence[int],
        changes: Sequence[Change] = (),
        update: Update | None = None,
    ) -> Replayed:
        """Run one step again and give the gradients of `wanted`."""
        kept = self._of(step)
        self._check(kept)
        program = kept.program
        self._reachable(program, changes)
        changed = Changed(program, changes)
        keep = (*wanted, *(() if program.scaled_by is None else (program.scaled_by,)))
        try:
            ran = run(program, changed if changes else None, keep, changed.links)
        finally:
            changed.clear()
        told = apart(program.unheard, lambda: self._told(program, ran, wanted, update))
        if changes and program.halves() and self._overflown(told, changes):
            # With other numbers, the loss may be scaled by too much for half precision.
            return self.replay(step, wanted, (*changes, Change(ChangeKind.WIDEN)), update)
        return uncovered(program, changes, told) if changes else told

    def _overflown(self, told: Replayed, changes: Sequence[Change]) -> bool:
        kinds = {change.kind for change in changes}
        norms = (norm for norm in told.gradients.values() if norm is not None)
        usual = {ChangeKind.REVIVE, ChangeKind.BYPASS, ChangeKind.OPEN, ChangeKind.ASK}
        return kinds <= usual and not all(map(math.isfinite, norms))

    def _check(self, kept: Kept) -> None:
        """Once: is it what was observed?"""
        if kept.fault is not None:
            raise kept.fault
        if kept.checked:
            return
        program = kept.program
        try:
            ran = run(program, None, tuple(kept.seen))
            moved = program.moved()
            if not moved:
                compare_losses(program, ran.losses)
            found = {value: measure(ran.gradients.get(value)) for value in kept.seen}
            compare_gradients(kept.seen, found, exact=not moved)
        except CannotReplayError as error:
            kept.fault = error
            raise
        kept.checked = True

    def _reachable(self, program: Program, changes: Sequence[Change]) -> None:
        reachable(program.graph, changes)
        if any(change.kind is ChangeKind.KEEP for change in changes):
            raise CannotReplayError("a tape keeps no gradients that could be cleared")

    def _told(
        self, program: Program, ran: Ran, wanted: Sequence[int], update: Update | None
    ) -> Replayed:
        factor = None if program.scaled_by is None else ran.tensors.get(program.scaled_by)
        scale = 1.0 if factor is None else float(numbers(factor)) or 1.0
        norms = {value: norm_of(*measure(ran.gradients.get(value)), scale) for value in wanted}
        moved: dict[int, float] = {}
        if update is not None:
            optimizer = None if update.like is None else self._optimizers(update.like)
            tensors = {v: ran.tensors[v] for v in update.values if v in ran.tensors}
            moved = updates(update, optimizer, tensors, ran.gradients)
        sums = (float(numbers(loss).astype("float64").sum()) for _, loss in ran.losses)
        losses = tuple(one / scale for one in sums)
        return Replayed(norms, losses, moved)


def _why_not(program: Program) -> str | None:
    try:
        program.check(program.order())
    except CannotReplayError as error:
        return str(error)
    return None


class Keeping:
    """Keeps the newest step about which a question remains, and those that looked sick."""

    def __init__(self) -> None:
        self.kept: dict[int, Kept] = {}
        self._reasons: dict[int, str] = {}
        self._sick: set[int] = set()
        self._healthy: tuple[int, Callable[[], Program]] | None = None

    def looks_sick(self, step: int) -> None:
        """Something is wrong in this step: it is not dropped for the next one."""
        self._sick.add(step)

    def sick(self, step: int) -> bool:
        """Whether something looked sick in it."""
        return step in self._sick

    def close(self, step: int, program: Program) -> None:
        """A step has ended."""
        program.prune()
        reason = program.too_large()
        if not program.asks:
            reason = "no gradient was asked for in that step"
        if reason is None and self.kept:
            # An earlier step that can be run again is worth more than a newer one that cannot.
            reason = _why_not(program)
        if reason is not None:
            self._reasons[step] = reason
            return
        make_room(self.kept, self._sick)
        self.kept[step] = Kept(program)

    def healthy(self, step: int, program: Callable[[], Program]) -> None:
        """A step has ended about which no question remains; the newest is kept all the same."""
        self._healthy = step, program

    def replayer(
        self, recording: Recording, optimizers: Callable[[str], Any]
    ) -> TensorFlowReplayer:
        """The steps that are kept, with what was observed in them."""
        if self._healthy is not None and self._healthy[0] > max(self.kept, default=-1):
            step, program = self._healthy
            try:
                self.close(step, program())
            except Exception as error:
                self._reasons[step] = f"it could not be kept: {type(error).__name__}"
        self._healthy = None
        for step, kept in self.kept.items():
            kept.seen = seen_in(recording, step)
        return TensorFlowReplayer(self.kept, self._reasons, optimizers)
