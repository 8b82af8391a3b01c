"""The life of an observation, and its steps: what is in place, kept, closed and recorded."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from whygrad.backends.keras import telling
from whygrad.backends.keras.inventory import modules
from whygrad.backends.keras.inventory.assignments import Assignments
from whygrad.backends.keras.inventory.current import Current
from whygrad.backends.keras.inventory.describing import Describer
from whygrad.backends.keras.inventory.holding import Holdings
from whygrad.backends.keras.inventory.late import LateFlags
from whygrad.backends.keras.inventory.loose import Loose
from whygrad.backends.keras.inventory.models import Models, living
from whygrad.backends.keras.inventory.optimizers import Optimizers
from whygrad.backends.keras.inventory.owners import is_loss
from whygrad.backends.keras.inventory.things import is_tensor, is_variable, key_of
from whygrad.backends.shared.classes import Classes
from whygrad.backends.shared.naming import Names
from whygrad.backends.shared.observing import LIVE, Observing
from whygrad.backends.tensorflow import loop
from whygrad.backends.tensorflow.accumulating import Accumulators
from whygrad.backends.tensorflow.derived import Derived
from whygrad.backends.tensorflow.flow import Flow
from whygrad.backends.tensorflow.makings import Makings
from whygrad.backends.tensorflow.probing.prober import Prober
from whygrad.backends.tensorflow.recorder import NoOutputs, build
from whygrad.backends.tensorflow.replay.replayer import Keeping
from whygrad.backends.tensorflow.said import Said
from whygrad.backends.tensorflow.watching import Watching
from whygrad.flow.probe import Probe
from whygrad.flow.recording import Recording, Step
from whygrad.flow.replaying import Replayer
from whygrad.flow.tags import UNASKED
from whygrad.runtime.backend import Session
from whygrad.runtime.patches import Patches
from whygrad.runtime.stepping import Stepping

_SPENT: Final = (
    "TensorFlow keeps neither gradients nor what led to a loss: of a model as it stands, only who"
    " lists and who updates its variables can be told; `whygrad.watch` sees the rest"
)


class Observation(Observing):
    """Holds everything together; the loop's events come to its heir, `observer.TFObserver`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.flow = Flow(session.callsites)
        self.classes = Classes(self.callsites)
        self.names = Names(self.classes, _named)
        self.assignments = Assignments(self.callsites)
        self.assignments.recording = lambda: self.flow.eager.active > 0 and not self.traced
        describer = Describer(self.classes, self.assignments)
        self.models = Models(self.assignments, self.classes, self.names, describer)
        self.loose = Loose(self.models, self.names, self.assignments)
        self.optimizers = Optimizers()
        self.holdings = Holdings(self.models, self.optimizers, self.loose)
        self.stepping = Stepping(self.optimizers, session.step_limit)
        self.prober = Prober(self.flow)
        self.keeping = Keeping()
        self.outputs = NoOutputs()
        self.makings = Makings(self.flow)
        self.derived = Derived(self.flow, self.assignments)
        self.accumulators = Accumulators(self.flow)
        self.said = Said(self.callsites)
        self.late = LateFlags(self.assignments)
        self.current = Current(0)
        self._patches = Patches()
        self._inside: list[int] = []
        """Optimizers whose step is running, by id, outermost first."""
        self._asked: set[Any] = set()
        """Slots that a tape was asked about in any step."""

    # -- life

    def start(self, listener: telling.Listener) -> None:
        """Put everything in place."""
        self.active = True
        LIVE.add(self)
        try:
            self.flow.install()
            watching = Watching(self.assignments, lambda: self.active, self.fault, self.late)
            watching.install(self._patches)
            self.said.install(self._patches)
            rates = self.optimizers.rates
            loop.install(self._patches, listener, lambda: rates.install(self._patches))
            self._take_given()
            self.flow.begin_step()
        except Exception as error:
            self.fault(error)

    def _take_given(self) -> None:
        session = self.session
        given = [(name, each) for name, each in session.models if modules.is_module(each)]
        self.models.given = tuple((name, weakref.ref(module)) for name, module in given)
        self.models.narrowed = bool(session.models)
        if session.find_living:
            self.models.before = living()
        for name, module in given:
            self.names.give(module, name, (-1, 0))
        for optimizer in filter(modules.is_optimizer, session.optimizers):
            self.optimizers.adopt(optimizer)
        if session.after_backward:
            self.flow.cannot_see(_SPENT)
        if given and not session.optimizers:
            self._refresh()
            self.optimizers.adopt_existing({key_of(t) for _, t in self.models.members()})
        elif session.find_living:
            self.optimizers.adopt_existing()

    def detach(self) -> None:
        """Undo every patch."""
        if not self.active:
            self.flow.uninstall()
            return
        self._let_go()
        try:
            self._patches.undo()
        finally:
            self.flow.uninstall()

    def _build(self) -> Recording:
        self._tag()
        return build(self)

    def _settle(self) -> None:
        with self.quiet():
            super()._settle()

    def replayer(self) -> Replayer | None:
        """The steps that were kept, to be run again; also after `detach`."""
        recording = self.recording()
        return self.keeping.replayer(recording, self._optimizer) if recording.steps else None

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Run code of TensorFlow's that no tape and no listener gets to see."""
        from tensorflow.python.eager import record

        self.flow.pause()
        try:
            with record.stop_recording():
                yield
        finally:
            self.flow.resume()

    @property
    def traced(self) -> bool:
        """Whether what runs now is only traced."""
        from tensorflow.python.eager import context

        return not context.executing_eagerly()

    # -- steps

    def _keep_weights(self) -> None:
        """Where something looks sick, copy the weights that are about to be updated."""
        if self.keeping.sick(self.current.step) or self.prober.sick(self.current.rows.values()):
            self.keeping.looks_sick(self.current.step)
            self.flow.pin()

    def _close(self, *, stepped: bool) -> None:
        differentiated = self.stepping.backwards > 0
        self._refresh()
        self.models.rename()
        self.holdings.settle(self.current)
        graph = self.flow.end_step()
        with self.quiet():
            self.current.weigh()
        self._keep_weights()
        probe = self._look_closer()
        self.accumulators.settle(self.current)
        self.current.close(self.flow.value_of)
        self.makings.look(self.current.rows.values())
        self.derived.look(self.current)
        if not self._closed(Step(graph, differentiated, stepped, probe)):
            self.flow.begin_step()

    def _look_closer(self) -> Probe | None:
        """Measure the step where a variable looks sick, and keep it where a question remains."""
        step = self.current.step
        if not (self.keeping.sick(step) or self.current.doubtful(self.flow.value_of)):
            self.keeping.healthy(step, self.flow.program_later())
            return self.prober.as_before(self.current.rows.values())
        try:
            program = self.flow.program()
            probe = self.prober.take(self.current.rows.values(), program)
            self.keeping.close(step, program)
        except Exception as error:  # what was observed is told all the same
            return Probe(failed=f"measuring failed: {type(error).__name__}: {error}")
        return probe

    def _tag(self) -> None:
        """Who was in none of the lists that gradients were asked for, and whose flag came late."""
        self.late.judge(self.models.all, self.models.slots.values())
        if not any(step.differentiated for step in self.steps):
            return
        for slot in self.models.slots.values():
            if slot.steps and slot not in self._asked:
                slot.tags.add(UNASKED)


def _named(value: Any) -> bool:
    return (
        is_variable(value)
        or is_tensor(value)
        or modules.is_module(value)
        or modules.is_optimizer(value)
        or is_loss(value)
    )
