"""The life of an observation, and its steps: what is in place, kept, closed and recorded."""

from __future__ import annotations

import weakref
from types import FrameType
from typing import Any

from whygrad.backends.jax import differentiating, loop
from whygrad.backends.jax.executing import Executing
from whygrad.backends.jax.flow import Program, Put, together
from whygrad.backends.jax.inside import Inside
from whygrad.backends.jax.making import Makings
from whygrad.backends.jax.place import Sites
from whygrad.backends.jax.recorder import NoOutputs, Noted, build
from whygrad.backends.jax.replay import JAXReplayer, Kept
from whygrad.backends.jax.things import THINGS
from whygrad.backends.jax.watching import Watching
from whygrad.backends.keras import parts
from whygrad.backends.keras.inventory import modules, things
from whygrad.backends.keras.inventory.assignments import Assignments
from whygrad.backends.keras.inventory.current import Current
from whygrad.backends.keras.inventory.describing import Describer
from whygrad.backends.keras.inventory.holding import Holdings
from whygrad.backends.keras.inventory.late import LateFlags
from whygrad.backends.keras.inventory.loose import Loose
from whygrad.backends.keras.inventory.models import Models, living
from whygrad.backends.keras.inventory.optimizers import Optimizers
from whygrad.backends.shared.classes import Classes
from whygrad.backends.shared.kept import make_room
from whygrad.backends.shared.naming import Names
from whygrad.backends.shared.slot import Held
from whygrad.flow.measuring.merging import merged
from whygrad.flow.recording import EventKind, Recording, Step
from whygrad.flow.replaying import Replayer
from whygrad.flow.tags import UNASKED
from whygrad.flow.variable import Home
from whygrad.model.report import Gradient
from whygrad.runtime.backend import Session, StopScript
from whygrad.runtime.patches import Patches
from whygrad.runtime.stepping import Stepping
from whygrad.runtime.wake import Alarm

_BEFORE = (EventKind.BUILT, EventKind.ADDED_GROUP, EventKind.SCHEDULED)
"""What is said to have happened before the first step, as long as nothing was differentiated."""

_BACKEND_CHOSEN = "keras.src.backend.config"

LIVE: weakref.WeakSet[Observation] = weakref.WeakSet()
"""Observations that are in place, for a forked child to leave."""


class Flow:
    """The functions differentiated in the step that is going on, and what could not be seen."""

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self._blind: dict[str, None] = {}

    def blind(self) -> tuple[str, ...]:
        """One sentence each."""
        return tuple(self._blind)

    def cannot_see(self, sentence: str) -> None:
        """Keep it once."""
        self._blind[sentence] = None


class Observation:
    """Holds everything together; the loop's events come to its heir, `observer.JAXObserver`."""

    def __init__(self, session: Session) -> None:
        self.active = False
        self.stopping = False
        self.session = session
        self.callsites = session.callsites
        self.flow = Flow()
        self.sites = Sites(self.callsites)
        self.inside_of = Inside()
        self.classes = Classes(self.callsites)
        self.names = Names(self.classes, _named)
        self.assignments = Assignments(self.callsites)
        describer = Describer(self.classes, self.assignments)
        self.models = Models(self.assignments, self.classes, self.names, describer)
        self.loose = Loose(self.models, self.names, self.assignments)
        self.makings = Makings()
        self.late = LateFlags(self.assignments)
        self.optimizers = Optimizers()
        self.holdings = Holdings(self.models, self.optimizers, self.loose)
        self.stepping = Stepping(self.optimizers, session.step_limit)
        self.outputs = NoOutputs()
        self.current = Current(0)
        self.kept: dict[int, Kept] = {}
        self.steps: list[Step] = []
        self.events: list[Noted] = []
        self.optimizers_known = True
        self._patches = Patches()
        self._end = Patches()
        """What waits for the end of a batch, also when nothing is observed any more."""
        self._kept: list[Any] = []
        """The models of the step that is going on, so that it can still be measured at the end."""
        self._asked: set[Any] = set()
        """Slots that were differentiated in any step."""
        self._recording: Recording | None = None

    # -- life

    def start(self, listener: Any) -> None:
        """Put everything in place."""
        self.active = True
        LIVE.add(self)
        try:
            self.executing = Executing(listener)
            differentiating.install(self._patches, listener)
            self._when_keras(listener)
            self._take_given()
        except Exception as error:
            self.fault(error)

    def _when_keras(self, listener: Any) -> None:
        """Everything else waits for Keras, and for the choice of JAX to run it on."""

        def wake(_: str) -> None:
            try:
                if self.wanted():
                    self._install(listener)
            except Exception as error:
                self.fault(error)

        alarm = Alarm((_BACKEND_CHOSEN,), wake)
        alarm.__enter__()
        self._patches.on_undo(lambda: alarm.__exit__(None, None, None))

    def _install(self, listener: Any) -> None:
        things.also(THINGS)
        watching = Watching(self.assignments, lambda: self.active, self.fault, self.late)
        watching.install(self._patches)
        self.executing.install(self._patches)
        self.makings.install(self._patches)
        rates = self.optimizers.rates
        loop.install(self._patches, listener, lambda: rates.install(self._patches))

    def _take_given(self) -> None:
        session = self.session
        self.models.given = tuple((name, weakref.ref(m)) for name, m in session.models)
        if session.find_living:
            self.models.before = living()
        for name, module in session.models:
            self.names.give(module, name, (-1, 0))
        for optimizer in session.optimizers:
            if modules.is_optimizer(optimizer):
                self.optimizers.adopt(optimizer)

    def wanted(self) -> bool:
        """Whether this is ours to watch: Keras is there, and runs on JAX."""
        return self.active and parts.backend() == "jax"

    def detach(self) -> None:
        """Undo every patch."""
        if not self.active:
            self._end.undo()
            return
        self.active = False
        LIVE.discard(self)
        self._kept = []
        self.current.rows.clear()
        self.loose.forget()
        self.executing.release()
        self.release()
        self._patches.undo()

    def release(self) -> None:
        """Let go of what was kept of traced functions."""

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
        if self.active and parts.backend() == "jax":
            try:
                if self.stepping.backwards or not self.steps:
                    self._close(stepped=self.stepping.stepped)
                self.loose.settle(final=True)
            except Exception as error:
                self.fault(error)
        if self._recording is None or self.active:
            self._recording = self._build()
        return self._recording

    def _build(self) -> Recording:
        self._tag_unasked()
        self.late.judge(self.models.all, self.models.slots.values())
        seen = any(held.steps for held in self.optimizers.all)
        # Without one of Keras' own, weights are updated by means that nobody told us of.
        self.optimizers_known = seen or bool(self.optimizers.all)
        return build(self)

    def replayer(self) -> Replayer | None:
        """The steps that were kept, to be run again; also after `detach`."""
        return JAXReplayer(self.kept, {}, self._optimizer) if self.kept else None

    def _optimizer(self, name: str) -> Any:
        named = ((held.name or held.class_name, o) for held, o in self.optimizers.alive())
        return next((o for own, o in named if own == name), None)

    # -- steps

    def _refresh(self) -> None:
        """Look again at what the models hold, if anything was assigned or made since."""
        if self.assignments.dirty or not self.models.all:
            self.models.walk(self.current.step)
        if not self._kept:
            self._kept = self.models.alive()
        if self.current.walk != self.models.walks:
            self.current.walk = self.models.walks
            self.current.take_all(self.models.members())

    def _close(self, *, stepped: bool) -> None:
        differentiated = self.stepping.backwards > 0
        self._refresh()
        for row in self.current.rows.values():
            row.slot.making = self.makings.of(row.thing)
        self.holdings.settle(self.current)
        put = together(self.flow.programs)
        self.current.weigh()
        self.current.close(lambda thing: put.values.get(things.key_of(thing) or 0))
        self.steps.append(Step(put.graph, differentiated, stepped, merged(put.probes)))
        self._keep(put)
        for program in self.flow.programs:
            program.probes, program.ran = [], {}
        self.flow.programs = []
        self._kept = []
        self.current = Current(len(self.steps))
        self.stepping.closed()
        self.session.on_step(len(self.steps))
        if self.stepping.finished:
            self.loose.settle(final=True)
            self._recording = self._build()
            self.stepping.stop_here = self.stopping = True
            self.detach()

    def _keep(self, put: Put) -> None:
        """Keep the step where a question may remain that running it again would answer."""
        step, rows = self.current.step, self.current.rows
        doubtful = any(
            (row.gradient.kind is not Gradient.FINITE or row.moved is not True)
            if row.slot.trainable
            else row.slot.floating and row.slot.home is not Home.REGISTERED
            for key, row in rows.items()
            if key in put.values
        )
        if doubtful and put.steps:
            seen = {
                put.values[key]: row.slot.steps[step]
                for key, row in rows.items()
                if row.asked and key in put.values
            }
            make_room(self.kept, list(self.kept))
            self.kept[step] = Kept(put.graph, put.steps, put.leaves, seen)

    def _tag_unasked(self) -> None:
        """Who was in none of the lists that gradients were asked for."""
        if not any(step.differentiated for step in self.steps):
            return
        for slot in self.models.slots.values():
            if slot.steps and slot not in self._asked:
                slot.tags.add(UNASKED)

    def _stop_script(self) -> None:
        """End the script once, behind the last observed step."""
        if self.stepping.stop_here:
            self.stepping.stop_here = self.stopping = False
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

    def _site(self, frame: FrameType | None) -> int:
        return self.sites.live(frame).site


def _named(value: Any) -> bool:
    return (
        things.is_variable(value)
        or things.is_tensor(value)
        or modules.is_module(value)
        or modules.is_optimizer(value)
    )
