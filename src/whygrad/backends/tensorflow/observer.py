"""What the training loop does, as an observation hears of it.

Code that runs inside of a traced function is told of once, while it is traced: its tapes are asked
and its optimizers apply there, of symbolic tensors (`traced` is true then). Whenever the function
runs, `traced_begins` and `traced_ends` are called with its trace, and a step is what the trace
asks and updates.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, TypeVar

from whygrad.backends.tensorflow.observation import LIVE, Observation
from whygrad.backends.tensorflow.place import Asked
from whygrad.backends.tensorflow.things import is_variable, key_of, watched_by_itself
from whygrad.flow.recording import EventKind
from whygrad.flow.tags import UNWATCHED
from whygrad.runtime.backend import Session, StopScript

_M = TypeVar("_M", bound=Callable[..., Any])


def attach(session: Session) -> TFObserver:
    """Begin to observe."""
    observer = TFObserver(session)
    observer.start(observer)
    return observer


def _guarded(method: _M) -> _M:
    """A fault of ours is told, and then we step aside: the person's script must not notice."""

    @functools.wraps(method)
    def call(self: TFObserver, *args: Any) -> Any:
        if not self.active:
            return None
        try:
            return method(self, *args)
        except Exception as error:
            self.fault(error)
            return None

    return call  # type: ignore[return-value]


class TFObserver(Observation):
    """Listens to tapes and to the loop; see `loop.Listener` for when each method is called."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.flow.on_ask_begins = self.ask_begins
        self.flow.on_ask_ends = self.ask_ends

    @property
    def traced(self) -> bool:
        """Whether what runs now is only traced."""
        from tensorflow.python.eager import context

        return not context.executing_eagerly()

    @_guarded
    def built(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer was made, or the base class of one that is being made."""
        place = self.callsites.capture(frame)
        held = self.optimizers.adopt(optimizer, place, self.assignments.now())
        held.built = place
        self._note(EventKind.BUILT, frame, optimizer)

    @_guarded
    def holds(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer of Keras 3 was given its variables, often long after it was made."""
        held = self.optimizers.adopt(optimizer)
        held.built_moment = self.assignments.optimizer_built()

    # -- tapes

    @_guarded
    def ask_begins(self, asked: Asked, frame: FrameType | None) -> None:
        """Gradient is asked of a tape."""
        if not asked.place.eager:
            return
        if len(self.steps) < 2:
            self.names.look(frame)
        self._refresh()
        self.loose.look(
            [s for s in asked.sources if is_variable(s)],
            self.current,
            list(self.flow.log.holders.values()),
        )
        rows = [row for s in asked.sources if (row := self.current.row(s)) is not None]
        self.stepping.aside = not rows
        if not rows:
            return
        if not self.stepping.backwards:
            held = self.optimizers.holders().keys()
            with self.quiet():
                self.loose.settle()
                self.loose.wait(self.current, set(held))
        self._asked.update(row.slot for row in rows)
        self._unwatched(asked)
        taped = self.flow.log.tapes.get(asked.ask.tape)
        self.stepping.kept = taped is not None and taped.persistent
        self.stepping.in_backward = True
        self.stepping.backward_begins(False)
        self._note(EventKind.DIFFERENTIATED, frame)

    def _unwatched(self, asked: Asked) -> None:
        """Mark what was asked for by name and that this tape cannot know."""
        log = self.flow.log
        watched = {
            log.holders.get(watch.value, watch.value)
            for watch in log.watches
            if watch.tape == asked.ask.tape
        }
        for source, number in zip(asked.sources, asked.ask.sources, strict=False):
            row = self.current.row(source)
            if row is None or key_of(source) in watched or number in watched:
                continue
            if not watched_by_itself(source):
                row.slot.tags.add(UNWATCHED)

    def ask_ends(self, asked: Asked, frame: FrameType | None) -> None:
        """The tape has answered, or raised."""
        self._ask_ended(asked)
        if asked.error is None:
            self._stop_script()

    @_guarded
    def _ask_ended(self, asked: Asked) -> None:
        if not asked.place.eager or self.stepping.aside:
            self.stepping.aside = False
            return
        self.stepping.in_backward = False
        if asked.error is not None:
            last = self.events[-1]
            detail = f"{type(asked.error).__name__}: {asked.error}"
            self.events[-1] = last._replace(detail=detail)
        else:
            with self.quiet():
                self.current.answered(asked.sources, asked.results)
        if not self._inside and self.stepping.ends_at_backward():
            self._close(stepped=False)

    # -- updates

    @_guarded
    def step_begins(
        self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any], frame: FrameType
    ) -> None:
        """An optimizer is about to apply gradients."""
        if self.traced:
            return
        self._inside.append(id(optimizer))
        if len(self._inside) > 1:
            return
        held = self.optimizers.adopt(optimizer)
        held.idle = False
        if len(self.steps) < 2:
            self.names.look(frame)
        if not held.built_moment:
            held.built_moment = self.assignments.optimizer_built()
        self._refresh()
        self.optimizers.given(optimizer, variables)
        self.loose.held(self.optimizers, self.current)
        self._note(EventKind.STEPPED, frame, optimizer)
        with self.quiet():
            self.current.before_step(gradients, variables)
        self.flow.pause()

    def step_ends(self, optimizer: Any) -> None:
        """An optimizer has stepped; the observed step may be over, and with it the script."""
        self._step_ended(optimizer)
        self._stop_script()

    @_guarded
    def _step_ended(self, optimizer: Any) -> None:
        if self.traced or not self._inside:
            return
        while self._inside and self._inside.pop() != id(optimizer):
            continue  # an inner optimizer's step raised and was caught by the outer one's
        if self._inside:
            self.stepping.also_stepped(self.optimizers.adopt(optimizer))
            return
        self.flow.resume()
        with self.quiet():
            self.current.after_step()
        if self.stepping.stepped_by(self.optimizers.adopt(optimizer)):
            self._close(stepped=True)

    @_guarded
    def step_failed(self, optimizer: Any) -> None:
        """An optimizer raised: above all where not one of its variables has a gradient."""
        if self._inside and not self.traced:
            self._inside.clear()
            self.current.drop_step()
            self.flow.resume()

    def _stop_script(self) -> None:
        """End the script once, where the last observed step ended."""
        if self.stepping.stop_here:
            self.stepping.stop_here = False
            self.session.limit_reached = True
            if self.session.stop_script:
                raise StopScript


def _leave_child() -> None:
    for observer in list(LIVE):
        observer.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_child)
