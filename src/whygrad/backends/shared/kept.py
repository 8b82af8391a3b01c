"""Steps that were kept to be run again: what all frameworks ask of them alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, Final, Generic, TypeVar

from whygrad.flow.graph import FlowGraph
from whygrad.flow.recording import Recording
from whygrad.flow.replaying import CannotReplayError, Change
from whygrad.flow.variable import Observed
from whygrad.model.report import Gradient

STEPS: Final = 3
"""So many steps are kept at most."""

K = TypeVar("K")


class KeptSteps(Generic[K]):
    """The common part of a `flow.replaying.Replayer`."""

    def __init__(
        self,
        kept: dict[int, K],
        reasons: Mapping[int, str],
        optimizers: Callable[[str], Any],
    ) -> None:
        self._kept = kept
        self._reasons = dict(reasons)
        self._optimizers = optimizers

    def steps(self) -> Sequence[int]:
        """Numbers of the observed steps that can be run again, in order."""
        return sorted(step for step, kept in self._kept.items() if self._usable(kept))

    def _usable(self, kept: K) -> bool:
        return True

    def _of(self, step: int) -> K:
        kept = self._kept.get(step)
        if kept is None:
            raise CannotReplayError(self._reasons.get(step, "the step was not kept"))
        return kept

    def release(self) -> None:
        """Let go of every tensor that was kept."""
        self._kept.clear()


def reachable(graph: FlowGraph, changes: Iterable[Change]) -> None:
    """Refuse what names no edge or value of the graph."""
    for change in changes:
        if any(not 0 <= edge < len(graph.sources) for edge in change.edges) or any(
            not 0 <= value < graph.value_count for value in change.values
        ):
            raise CannotReplayError("the change names something that the step does not have")


def make_room(kept: MutableMapping[int, Any], sick: Iterable[int] = ()) -> None:
    """For one step more: those that looked sick stay, the newest of them."""
    for before in [step for step in kept if step not in sick]:
        del kept[before]
    while len(kept) >= STEPS:
        del kept[min(kept)]


def seen_in(recording: Recording, step: int) -> dict[int, Observed]:
    """By value: the leaf variables that were trainable, as they were observed in a step."""
    return {
        seen.value: seen
        for variable in recording.variables
        if variable.leaf and variable.trainable
        for seen in variable.steps[step : step + 1]
        if seen.value is not None and seen.trainable
    }


def norm_of(kind: Gradient, norm: float | None, scale: float) -> float | None:
    """A measured gradient as `Replayed` tells it; `scale` is what the loss was multiplied by."""
    if kind is Gradient.NONE:
        return None
    if kind is Gradient.NAN:
        return math.nan
    return math.inf if kind is Gradient.INF else (norm or 0.0) / scale
