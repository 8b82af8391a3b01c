"""The life of an observation, and its steps: what is in place, kept, closed and recorded."""

from __future__ import annotations

import weakref
from types import FrameType
from typing import Any

import torch

from whygrad.backends.shared.observing import LIVE, Observing
from whygrad.backends.torch import keras3, loop
from whygrad.backends.torch.assignments import Assignments
from whygrad.backends.torch.classes import Classes
from whygrad.backends.torch.current import Current
from whygrad.backends.torch.flow import Flow
from whygrad.backends.torch.holding import Holdings
from whygrad.backends.torch.loose import Loose
from whygrad.backends.torch.models import Models, living
from whygrad.backends.torch.naming import Names
from whygrad.backends.torch.optimizers import Optimizers
from whygrad.backends.torch.outputs import Outputs
from whygrad.backends.torch.patches import Patches
from whygrad.backends.torch.probing.prober import Prober
from whygrad.backends.torch.recorder import build
from whygrad.backends.torch.replay.keeping import Keeping
from whygrad.backends.torch.replay.quiet import LISTENING
from whygrad.backends.torch.slots import Describer
from whygrad.flow.recording import EventKind, Recording, Step
from whygrad.flow.replaying import Replayer
from whygrad.runtime.backend import Session
from whygrad.runtime.stepping import Stepping


class Observation(Observing):
    """Holds everything together; the loop's events come to its heir, `observer.TorchObserver`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.flow = Flow(session.callsites)
        self.classes = Classes(self.callsites)
        self.names = Names(self.classes)
        self.assignments = Assignments(self.callsites, lambda: self.active, self.fault)
        describer = Describer(self.classes, self.assignments, self.flow)
        self.models = Models(self.assignments, self.classes, self.names, describer)
        self.loose = Loose(self.models, self.names, self.assignments, self.flow)
        self.optimizers = Optimizers()
        self.holdings = Holdings(self.models, self.optimizers, self.loose)
        self.stepping = Stepping(self.optimizers, session.step_limit)
        self.outputs = Outputs(self.stepping, self.fault)
        self.prober = Prober(self.flow)
        self.keeping = Keeping()
        self.current = Current(0)
        self._patches = Patches()
        self._inside: list[int] = []
        """Optimizers whose step is running, by id, outermost first."""
        self._muted = False
        """True in a closure's second and later calls within one step: they repeat the first."""

    # -- life

    def start(self, listener: loop.Listener) -> None:
        """Put everything in place."""
        self.active = True
        LIVE.add(self)
        LISTENING.add(self)
        LISTENING.add(self)
        try:
            self.flow.on_flag(self.assignments.flagged)
            self.flow.install()
            self.assignments.install(self._patches)
            loop.install(self._patches, listener)
            keras3.install(self._patches, listener, self.optimizers.rates)
            self.outputs.install(self._patches)
            self._take_given()
            self._begin_step()
            self._mark_given_losses()
        except Exception as error:
            self.fault(error)

    def _take_given(self) -> None:
        session = self.session
        given = [(name, m) for name, m in session.models if isinstance(m, torch.nn.Module)]
        if session.models and not given:
            return  # they are another framework's
        self.models.given = tuple((name, weakref.ref(m)) for name, m in given)
        if session.find_living:
            self.models.before = living()
        for name, module in given:
            self.names.give(module, name, (-1, 0))
        for optimizer in session.optimizers:
            self.optimizers.adopt(optimizer)
        if given and not session.optimizers:
            held = [p for _, m in given for p in m.parameters()]
            self.optimizers.adopt_existing(held)
            self.optimizers_known = bool(self.optimizers.all)

    def _mark_given_losses(self) -> None:
        losses = [loss for loss in self.session.losses if isinstance(loss, torch.Tensor)]
        if not losses:
            return
        self._refresh()
        for loss in losses:
            self.flow.mark_loss(loss)
        self.stepping.backwards += 1
        self._note_at(EventKind.DIFFERENTIATED, None)

    def detach(self) -> None:
        """Undo every patch, hook and mode."""
        if not self.active:
            # A fault inside an op let go while torch had our mode in hand, and put it back.
            self.flow.uninstall()
            return
        self._let_go()
        try:
            self._patches.undo()
        finally:
            self.flow.uninstall()

    def _build(self) -> Recording:
        return build(self)

    def replayer(self) -> Replayer | None:
        """The steps that were kept, to be run again; also after `detach`."""
        return self.keeping.replayer(self.recording(), self._optimizer)

    # -- steps

    def _walk(self) -> None:
        with torch._C.DisableTorchFunction():
            super()._walk()

    def _close(self, *, stepped: bool) -> None:
        differentiated = self.stepping.backwards > 0
        with torch._C.DisableTorchFunction():
            self._refresh()
            self.holdings.settle(self.current)
            if differentiated and not self.stepping.stepped:
                self._probe()
            graph = self.flow.end_step()
            self.current.close(self.flow, self.models.identities)
            step = self.current.step
            if self.keeping.sick(step) or self.current.doubtful(self.flow):
                self.keeping.close(self.current.step, self.flow.program(), graph)
            self.outputs.end(self.current.step, self.models.named)
        if not self._closed(Step(graph, differentiated, stepped, self.prober.take())):
            self._begin_step()

    def _probe(self) -> None:
        """Measure what was not measured yet, and look closer where a variable looks sick."""
        self.current.measure_rest()
        self.prober.look(self.current.rows.values())

    def _begin_step(self) -> None:
        """Modules are looked at in the first step, should there be no other, and in the last."""
        step = self.current.step
        self.flow.begin_step()
        self.outputs.begin(measured=step in (0, self.stepping.limit - 1))

    def _note_at(
        self,
        kind: EventKind,
        frame: FrameType | None,
        optimizer: Any = None,
        detail: str | None = None,
    ) -> None:
        place = self.callsites.capture(frame) if frame is not None else 0
        self._note(kind, place, optimizer, detail)
