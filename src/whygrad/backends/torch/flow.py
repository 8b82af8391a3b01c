"""The data flow of the observed steps, seen through one `TorchFunctionMode`."""

from __future__ import annotations

from typing import Any, NamedTuple

from whygrad.flow.graph import FlowGraph
from whygrad.flow.variable import Making, Origin
from whygrad.model.source import SourceLocation
from whygrad.runtime.callsite import Callsites


class Made(NamedTuple):
    """What made a tensor: the op, the person's line, and what kind of numbers it put in."""

    op: str
    place: SourceLocation | None
    making: Making


class Flow:
    """Records ops from `begin_step` to `end_step`; `pause` and `resume` nest."""

    def __init__(self, callsites: Callsites | None = None) -> None:
        self.callsites = callsites if callsites is not None else Callsites()

    def install(self) -> None:
        """Enter the mode and put the few patches in place. Twice is once."""

    def uninstall(self) -> None:
        """Leave torch as it was. Twice is once."""

    def pause(self) -> None:
        """See nothing until the matching `resume`: inside `optimizer.step` and backward."""

    def resume(self) -> None:
        """Undo one `pause`."""

    def begin_step(self) -> None:
        """Start an empty graph."""

    def end_step(self) -> FlowGraph:
        """Freeze what was recorded since `begin_step`."""
        return FlowGraph()

    def mark_loss(self, tensor: Any) -> None:
        """Gradient is about to be asked of this tensor; call it before the backward runs."""

    def value_of(self, tensor: Any) -> int | None:
        """The first value of the tensor in this step (until the next `begin_step`)."""
        return None

    def made(self, tensor: Any) -> Made | None:
        """What made the tensor, if that was seen; outlives steps as long as the tensor lives."""
        return None

    def origin(self, tensor: Any) -> Origin | None:
        """What a non-leaf tensor was computed from; None for a leaf."""
        return None

    def blind(self) -> tuple[str, ...]:
        """What could not be seen, one sentence each."""
        return ()
