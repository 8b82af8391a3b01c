"""The data flow of the observed steps: puts what listens in place, and answers questions of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from whygrad.backends.keras.inventory.handles import handle_of
from whygrad.backends.tensorflow.eager import Eager
from whygrad.backends.tensorflow.freeze import Frozen
from whygrad.backends.tensorflow.leaving import LeavingPatches
from whygrad.backends.tensorflow.log import Flat, Phase, Record, StepLog
from whygrad.backends.tensorflow.place import Asked, Place
from whygrad.backends.tensorflow.pyfuncs import PyFunctionPatches
from whygrad.backends.tensorflow.replay.keeping import pin
from whygrad.backends.tensorflow.replay.program import Program, program_of
from whygrad.backends.tensorflow.replay.widening import eps, half_dtypes
from whygrad.backends.tensorflow.tapes import TapePatches
from whygrad.backends.tensorflow.traced.calls import CallPatches
from whygrad.backends.tensorflow.traced.inline import Inline
from whygrad.backends.tensorflow.traced.runs import Listener, TracedUpdate
from whygrad.backends.tensorflow.traced.tracing import Tracing
from whygrad.backends.tensorflow.traced.untold import origin
from whygrad.backends.tensorflow.unseen import links
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
        """Told before a tape is asked for gradients, with what it is asked of; not where that is
        only traced.
        """
        self.on_ask_ends: Callable[[Asked, FrameType | None], None] | None = None
        """Told after it, with `Asked.results` filled in, or `Asked.error`."""
        self.traced = Listener()
        """Told when a traced function runs that asks for gradients or updates variables."""
        self._traces = Tracing(self)
        self._flatten = Inline(self.callsites)
        self.eager = Eager(self.callsites, self._failed)
        self.installed = False
        self._patches = (
            TapePatches(self),
            LeavingPatches(self.eager),
            PyFunctionPatches(self.eager),
            self._traces,
            CallPatches(self, self._traces),
        )
        self._blind: dict[str, None] = {}
        self._losses: dict[int, None] = {}
        self._frozen: Frozen | None = None

    @property
    def log(self) -> StepLog:
        """The step that is going on."""
        return self.eager.log

    def install(self) -> None:
        """Listen to ops and tapes, in the thread that calls. Twice is once."""
        if self.installed:
            return
        self.installed = True
        self.callsites.origin = origin
        for patches in self._patches:
            patches.open()
        self._listen()

    def uninstall(self) -> None:
        """Leave TensorFlow as it was. Twice is once."""
        if not self.installed:
            return
        self.installed = False
        self.callsites.origin = None
        self._deafen()
        for patches in self._patches:
            patches.close()

    def pause(self) -> None:
        """See nothing until the matching `resume`: inside an optimizer's update."""
        self.eager.off += 1
        if self.eager.off == 1:
            self._deafen()

    def resume(self) -> None:
        """Undo one `pause`."""
        self.eager.off -= 1
        if self.eager.off == 0 and self.installed:
            self._listen()

    def begin_step(self) -> None:
        """Start an empty log."""
        self.eager.begin()
        self._losses.clear()
        self._frozen = None

    def end_step(self) -> FlowGraph:
        """Freeze what was recorded since `begin_step`; questions are answered until the next."""
        flat = self._flatten(self.log)
        self._frozen = Frozen(flat, self.callsites, self._losses)
        graph = self._frozen.build(links(self.log, self.eager.leaving))
        graph.complete = not self.eager.failed
        return graph

    def flat(self) -> Flat | None:
        """The ops of the step that has ended, those inside of traced functions too."""
        return None if self._frozen is None else self._frozen.flat

    def so_far(self, things: Iterable[Any]) -> tuple[FlowGraph, list[int | None]]:
        """The graph of the step that is going on, and the first values of some variables in it."""
        graph = self.end_step()
        return graph, [self.value_of(thing) for thing in things]

    def pin(self) -> None:
        """Copy what the variables hold of which this step has read something, before an update.
        What the step itself has written on is left out: its ops say what it holds.
        """
        log = self.log
        with self.unheard():
            still = [v for v, h in log.handles.items() if log.variables.get(h._id) == v]
            pin(log, [v for v in still if log.handles[v]._id not in log.updated])

    def updated(self, things: Iterable[Any]) -> None:
        """An optimizer has updated these variables, and the flow was paused meanwhile."""
        log = self.log
        for thing in things:
            handle = handle_of(thing)
            held = None if handle is None else log.variables.get(handle._id)
            if held is not None:
                log.updated[handle._id] = held
                log.numbers.pop(handle._id, None)

    def coarse(self) -> float:
        """The distance between neighbouring numbers of the half precision that is cast to."""
        records = (r for r in self.log.records if isinstance(r, Record))
        casts = (record.attrs for record in records if record.kind == "Cast")
        return max((eps(dtype) for attrs in casts for dtype in half_dtypes(attrs)), default=0.0)

    def program(self) -> Program:
        """What it takes to run the step again; to be asked once it has ended, or is `so_far`."""
        return self.program_later()()

    def program_later(self) -> Callable[[], Program]:
        """The same, made only when it is asked for."""
        log, frozen = self.log, self._frozen
        assert frozen is not None, "the step goes on"
        return lambda: program_of(log, frozen, self.unheard)

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Nothing of what runs inside is noted, whatever its thread."""
        self.eager.off += 1
        try:
            yield
        finally:
            self.eager.off -= 1

    def mark_loss(self, tensor: Any) -> None:
        """Gradient is, or will be, asked of this tensor (a tape's targets are marked as it is)."""
        self._losses[self.eager.number(tensor)] = None

    def value_of(self, thing: Any) -> int | None:
        """The first value in this step of a tensor or variable (also a Keras one, or a handle).

        Once the step has ended, it is a value of the graph.
        """
        handle = handle_of(thing)
        if handle is not None:
            return self._translated(self.log.firsts.get(handle._id))
        return self.current_value(thing)

    def current_value(self, thing: Any) -> int | None:
        """The value that it holds now."""
        handle = handle_of(thing)
        key = getattr(thing if handle is None else handle, "_id", None)
        return None if key is None else self._translated(self.log.known(key))

    def here(self) -> Place | None:
        """Where the code that runs now is noted; None where nobody listens."""
        if self.eager.off or not self.installed:
            return None
        from tensorflow.python.eager import context

        return self.eager if context.executing_eagerly() else self._traces.here()

    @property
    def tracing(self) -> bool:
        """Whether the code that runs now is being traced, and not run."""
        place = self.here()
        return place is not None and not place.eager

    def updates(self, update: TracedUpdate) -> None:
        """While `tracing`: an optimizer's update is traced. It is told of when it is run; `pause`
        while it is traced, as for one that runs.
        """
        place = self.here()
        if place is not None:
            place.moment(update)

    @contextmanager
    def backward(self, place: Place) -> Iterator[None]:
        """While a tape computes gradients: seen only where another tape looks on."""
        before, place.phase = place.phase, Phase.BACKWARD
        quiet = place is self.eager and not place.active
        if quiet:
            self.pause()
        try:
            yield
        finally:
            place.phase = before
            if quiet:
                self.resume()

    def blind(self) -> tuple[str, ...]:
        """What could not be seen, one sentence each."""
        return tuple(self._blind)

    def cannot_see(self, sentence: str) -> None:
        """Remember what could not be seen."""
        self._blind[sentence] = None

    def _translated(self, value: int | None) -> int | None:
        if value is None or value < 0 or self._frozen is None:
            return None if value is None or value < 0 else value
        return self._frozen.number(value)

    def _listen(self) -> None:
        from tensorflow.python.framework import op_callbacks

        op_callbacks.add_op_callback(self.eager.callback)

    def _deafen(self) -> None:
        from tensorflow.python.framework import op_callbacks

        with suppress(KeyError, ValueError):
            op_callbacks.remove_op_callback(self.eager.callback)

    def _failed(self, error: BaseException) -> None:
        self.cannot_see(f"Recording ended early by a fault of whygrad's own: {error!r}.")
