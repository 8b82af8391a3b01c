"""The life of an observation, as far as it is the same for every framework."""

from __future__ import annotations

import os
import weakref
from abc import ABC, abstractmethod
from typing import Any, Final

from whygrad.backends.shared.recorder import Noted
from whygrad.backends.shared.slot import Held
from whygrad.flow.recording import EventKind, Recording, Step
from whygrad.runtime.backend import Session, StopScript
from whygrad.runtime.stepping import Stepping

_BEFORE: Final = (EventKind.BUILT, EventKind.ADDED_GROUP, EventKind.SCHEDULED)
"""What is said to have happened before the first step, as long as nothing was differentiated."""

LIVE: weakref.WeakSet[Observing] = weakref.WeakSet()
"""Observations that are in place, for a forked child to leave."""


class Observing(ABC):
    """Counts steps, notes events, and steps aside where we are at fault."""

    assignments: Any
    models: Any
    names: Any
    loose: Any
    optimizers: Any
    current: Any
    """The step that is going on."""
    stepping: Stepping

    def __init__(self, session: Session) -> None:
        self.active = False
        self.session = session
        self.callsites = session.callsites
        self.steps: list[Step] = []
        self.events: list[Noted] = []
        self.optimizers_known = True
        self._kept: list[Any] = []
        """The models of the step that is going on, so that it can still be measured at the end."""
        self._recording: Recording | None = None

    # -- life

    @abstractmethod
    def detach(self) -> None:
        """Undo every patch."""

    def _let_go(self) -> None:
        """Nothing of the person's is held any more."""
        self.active = False
        LIVE.discard(self)
        self._kept = []
        self.current.rows.clear()
        self.loose.forget()

    def abandon(self) -> None:
        """In a forked child: let go without a word."""
        try:
            self.detach()
        except Exception:  # the child is not ours to disturb
            self.active = False

    def fault(self, error: BaseException) -> None:
        """Tell, and step aside."""
        try:
            self.detach()
        finally:
            self.session.on_fault(error)

    def recording(self) -> Recording:
        """Freeze what has been seen until now."""
        if self.wanted():
            try:
                if self.stepping.backwards or not self.steps:
                    self._close(stepped=self.stepping.stepped)
                self._settle()
            except Exception as error:
                self.fault(error)
        if self._recording is None or self.active:
            self._recording = self._build()
        return self._recording

    def wanted(self) -> bool:
        """Whether there is anything here to see."""
        return self.active

    @abstractmethod
    def _build(self) -> Recording:
        """Freeze it."""

    def _settle(self) -> None:
        """See at the very end who has moved since the last step."""
        self.loose.settle(final=True)

    def _optimizer(self, name: str) -> Any:
        named = ((held.name or held.class_name, o) for held, o in self.optimizers.alive())
        return next((o for own, o in named if own == name), None)

    # -- steps

    def _refresh(self) -> None:
        """Look again at what the models hold, if anything was assigned or made since."""
        if self.assignments.dirty or not self.models.all:
            self._walk()
        if not self._kept:
            self._kept = self.models.alive()
        if self.current.walk != self.models.walks:
            self.current.walk = self.models.walks
            self.current.take_all(self.models.members())

    def _walk(self) -> None:
        self.models.walk(self.current.step)

    @abstractmethod
    def _close(self, *, stepped: bool) -> None:
        """The step is over."""

    def _closed(self, step: Step) -> bool:
        """Go on to the next one; gives whether that was the last."""
        self.steps.append(step)
        self._kept = []
        self.current = type(self.current)(len(self.steps))
        self.stepping.closed()
        self.session.on_step(len(self.steps))
        if not self.stepping.finished:
            return False
        self._settle()
        self._recording = self._build()
        self.stepping.stop_here = True
        self.detach()
        return True

    def _stop_script(self) -> None:
        """End the script once, where the last observed step ended."""
        if self.stepping.stop_here:
            self.stepping.stop_here = False
            self.session.limit_reached = True
            if self.session.stop_script:
                raise StopScript

    def _note(
        self, kind: EventKind, place: int, optimizer: Any = None, detail: str | None = None
    ) -> None:
        held: Held | None = None
        if optimizer is not None:
            held = self.optimizers.adopt(optimizer)
            held.name = self.names.of(optimizer) or held.name
        step = self.current.step
        if kind in _BEFORE and not self.steps and not self.stepping.backwards:
            step = -1
        self.events.append(Noted(kind, step, place, held, detail))


def _leave_child() -> None:
    for observation in list(LIVE):
        observation.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_child)
