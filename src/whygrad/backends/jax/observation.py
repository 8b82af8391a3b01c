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
from whygrad.backends.jax.recorder import NoOutputs, build
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
from whygrad.backends.shared.observing import LIVE, Observing
from whygrad.flow.measuring.merging import merged
from whygrad.flow.recording import Recording, Step
from whygrad.flow.replaying import Replayer
from whygrad.flow.tags import UNASKED
from whygrad.flow.variable import Home
from whygrad.model.report import Gradient
from whygrad.runtime.backend import Session
from whygrad.runtime.patches import Patches
from whygrad.runtime.stepping import Stepping
from whygrad.runtime.wake import Alarm

_BACKEND_CHOSEN = "keras.src.backend.config"


class Flow:
    """The functions differentiated in the step that is going on, and what could not be seen."""

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self.whole = True
        """Whether all of it was seen."""
        self._blind: dict[str, None] = {}

    def blind(self) -> tuple[str, ...]:
        """One sentence each."""
        return tuple(self._blind)

    def cannot_see(self, sentence: str) -> None:
        """Keep it once."""
        self._blind[sentence] = None


class Observation(Observing):
    """Holds everything together; the loop's events come to its heir, `observer.JAXObserver`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
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
        self._patches = Patches()
        self._end = Patches()
        """What waits for the end of a batch, also when nothing is observed any more."""
        self._asked: set[Any] = set()
        """Slots that were differentiated in any step."""

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
        self._let_go()
        self.executing.release()
        self.release()
        self._patches.undo()

    def release(self) -> None:
        """Let go of what was kept of traced functions."""

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

    # -- steps

    def _close(self, *, stepped: bool) -> None:
        differentiated = self.stepping.backwards > 0
        self._refresh()
        for row in self.current.rows.values():
            row.slot.making = self.makings.of(row.thing)
        self.holdings.settle(self.current)
        put = together(self.flow.programs)
        put.graph.complete &= self.flow.whole
        self.flow.whole = True
        self.current.weigh()
        self.current.close(lambda thing: put.values.get(things.key_of(thing) or 0))
        step = Step(put.graph, differentiated, stepped, merged(put.probes))
        self._keep(put)
        for program in self.flow.programs:
            program.probes, program.ran = [], {}
        self.flow.programs = []
        self._closed(step)

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

    def _site(self, frame: FrameType | None) -> int:
        return self.sites.live(frame).site


def _named(value: Any) -> bool:
    return (
        things.is_variable(value)
        or things.is_tensor(value)
        or modules.is_module(value)
        or modules.is_optimizer(value)
    )
