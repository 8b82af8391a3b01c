"""A replayer without a framework: gradient runs back over the flow graph of the recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from whygrad.flow.recording import Recording
from whygrad.flow.replaying import CannotReplayError, Change, ChangeKind, Replayed, Update
from whygrad.flow.trace import walk_back

NORM = 0.07
MOVE = 0.01


@dataclass
class Fake:
    """Says what a framework would: where gradient gets to, and whether a loss notices a shift."""

    recording: Recording
    kept: Sequence[int] = (0, 1, 2)
    fault: Exception | None = None
    """Raised by every replay with something changed."""
    sick: Exception | None = None
    """Raised by the check of a step as it is."""
    zeros: frozenset[int] = frozenset()
    """Steps in which every gradient is exactly zero."""
    asked: list[tuple[int, tuple[Change, ...]]] = field(default_factory=list)
    released: int = 0

    def steps(self) -> Sequence[int]:
        return self.kept

    def replay(
        self,
        step: int,
        wanted: Sequence[int],
        changes: Sequence[Change] = (),
        update: Update | None = None,
    ) -> Replayed:
        if step not in self.kept:
            raise CannotReplayError("the tensors of the steps were too large to be kept")
        self.asked.append((step, tuple(changes)))
        fault = self.fault if changes or update else self.sick
        if fault is not None:
            raise fault
        graph = self.recording.steps[step].graph
        opened = {e for c in changes if c.kind is ChangeKind.OPEN for e in c.edges}
        asking = {v for c in changes if c.kind is ChangeKind.ASK for v in c.values}
        shifted = {v for c in changes if c.kind is ChangeKind.SHIFT for v in c.values}
        asking |= {
            seen.value
            for v in self.recording.variables
            if v.trainable and (seen := v.steps[step]).value is not None
        }
        feeds, reached = walk_back(graph, lambda e: not graph.barriers[e] or e in opened)
        norm = 0.0 if step in self.zeros else NORM
        gradients = {v: norm if reached[v] and v in asking else None for v in wanted}
        moved = update is not None and norm
        updates = {v: MOVE if gradients[v] else 0.0 for v in wanted} if moved else {}
        noticed = any(feeds[value] for value in shifted)
        return Replayed(gradients, (1.5 if noticed else 1.25,) * len(graph.losses), updates)

    def release(self) -> None:
        self.released += 1
