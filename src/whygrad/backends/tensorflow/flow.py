"""The data flow of the observed steps: puts what listens in place, and answers questions of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from whygrad.backends.tensorflow.eager import Eager
from whygrad.backends.tensorflow.freeze import Frozen
from whygrad.backends.tensorflow.log import StepLog
from whygrad.backends.tensorflow.place import Asked, Place
from whygrad.backends.tensorflow.tapes import TapePatches
from whygrad.flow.graph import FlowGraph
from whygrad.runtime.callsite import Callsites

__all__ = ["Asked", "Flow"]


class Flow:
    """Records ops from `begin_step` to `end_step`; `pause` and `resume` nest.

    `install` does not wake TensorFlow: a script may still configure it.
    """

    def __init__(self, callsites: Callsites | None = None) -> None:
        self.callsites = callsites if callsites is not None else Callsites()
        self.on_ask_begins: Callable[[Asked, FrameType | None], None] | None = None
        """Told before a tape is asked for gradients, with what it is asked of."""
        self.on_ask_ends: Callable[[Asked, FrameType | None], None] | None = None
        """Told after it, with `Asked.results` filled in, or `Asked.error`."""
        self.trace: Callable[[], Place | None] = _no_trace
        """The trace that is being filled where code runs inside of a graph; set by `tracing`."""
        self.eager = Eager(self.callsites, self._failed)
        self._patches = TapePatches(self)
        self._blind: dict[str, None] = {}
        self._losses: dict[int, None] = {}
        self._frozen: Frozen | None = None

    @property
    def log(self) -> StepLog:
        """The step that is going on."""
        return self.eager.log

    def install(self) -> None:
        """Listen to ops and tapes, in the thread that calls. Twice is once."""

    def uninstall(self) -> None:
        """Leave TensorFlow as it was. Twice is once."""

    def pause(self) -> None:
        """See nothing until the matching `resume`: inside an optimizer's update."""

    def resume(self) -> None:
        """Undo one `pause`."""

    def begin_step(self) -> None:
        """Start an empty log."""

    def end_step(self) -> FlowGraph:
        """Freeze what was recorded since `begin_step`; questions are answered until the next."""
        raise NotImplementedError

    def so_far(self, things: Iterable[Any]) -> tuple[FlowGraph, list[int | None]]:
        """The graph of the step that is going on, and the first values of some variables in it."""
        raise NotImplementedError

    def mark_loss(self, tensor: Any) -> None:
        """Gradient is, or will be, asked of this tensor (a tape's targets are marked as it is)."""

    def value_of(self, thing: Any) -> int | None:
        """The first value in this step of a tensor or variable (also a Keras one, or a handle)."""

    def current_value(self, thing: Any) -> int | None:
        """The value that it holds now."""

    def blind(self) -> tuple[str, ...]:
        """What could not be seen, one sentence each."""
        return tuple(self._blind)

    def cannot_see(self, sentence: str) -> None:
        """Remember what could not be seen."""
        self._blind[sentence] = None

    def _failed(self, error: BaseException) -> None:
        self.cannot_see(f"Recording ended early by a fault of whygrad's own: {error!r}.")


def _no_trace() -> Place | None:
    return None
