"""What the training loop does, as an observation hears of it.

Code inside of a traced function is told of when the function runs (`run_begins`, `run_ends`): what
it asks and updates was noted while it was traced.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

from whygrad.backends.keras.inventory.measuring import UNMEASURED
from whygrad.backends.keras.inventory.things import inner, is_variable, key_of, watched_by_itself
from whygrad.backends.shared.guarding import guarded
from whygrad.backends.tensorflow.observation import Observation
from whygrad.backends.tensorflow.place import Asked
from whygrad.backends.tensorflow.traced.moments import moments_of
from whygrad.backends.tensorflow.traced.runs import TracedAsk, TracedRun, TracedUpdate
from whygrad.backends.tensorflow.traced.unfinished import put
from whygrad.flow.recording import EventKind
from whygrad.flow.tags import UNWATCHED
from whygrad.runtime.backend import Session
from whygrad.runtime.stepping import ACCUMULATED


def attach(session: Session) -> TFObserver:
    """Begin to observe."""
    observer = TFObserver(session)
    observer.start(observer)
    return observer


class TFObserver(Observation):
    """Listens to tapes and to the loop; see `telling.Listener` for when each method is called."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._update: TracedUpdate | None = None
        """The update that is being traced."""
        self.flow.on_ask_begins = self.ask_begins
        self.flow.on_ask_ends = self.ask_ends
        self.flow.traced.begins = self.run_begins
        self.flow.traced.ends = self.run_ends

    @guarded
    def built(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer was made, or the base class of one that is being made."""
        place = self.callsites.capture(frame)
        held = self.optimizers.adopt(optimizer, place, self.assignments.now())
        held.built = place
        self.names.look(frame)
        self._note(EventKind.BUILT, place, optimizer)
        if not self.traced:
            self._refresh()

    @guarded
    def holds(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer of Keras 3 was given its variables, often long after it was made."""
        held = self.optimizers.adopt(optimizer)
        held.built_moment = self.assignments.optimizer_built()

    # -- tapes

    @guarded
    def ask_begins(self, asked: Asked, frame: FrameType | None) -> None:
        """Gradient is asked of a tape."""
        taped = self.flow.log.tapes.get(asked.ask.tape)
        kept = taped is not None and taped.persistent
        self._look(frame)
        if self._asks(asked.sources, asked.ask.site, kept=kept):
            self._unwatched(asked)

    def _look(self, frame: FrameType | None) -> None:
        if len(self.steps) < 2:
            self.names.look(frame)
        self._refresh()

    def _asks(self, sources: Sequence[Any], place: int, *, kept: bool = False) -> bool:
        """Whether it is variables that gradient is asked for, and not the input of a model."""
        of_variables = any(map(is_variable, sources))
        self.loose.look(
            sources if of_variables else (),
            self.current,
            list(self.flow.log.holders.values()),
        )
        rows = [row for s in sources if (row := self.current.row(s)) is not None]
        self.stepping.aside = not rows
        if not rows:
            return False
        if not self.stepping.backwards:
            held = self.optimizers.holders().keys()
            with self.quiet():
                self.loose.settle()
                self.loose.wait(self.current, set(held))
        self._asked.update(row.slot for row in rows)
        self.stepping.kept = kept
        self.stepping.backward_begins(False)
        self._note(EventKind.DIFFERENTIATED, place)
        return True

    def _unwatched(self, asked: Asked) -> None:
        """Mark what was asked for by name and that this tape cannot know."""
        log = self.flow.log
        watched = {
            log.holders.get(watch.value, watch.value)
            for watch in log.watches
            if watch.tape == asked.ask.tape
        }
        for source, number in zip(asked.sources, asked.ask.sources, strict=False):
            if key_of(source) not in watched and number not in watched:
                self._not_known(source)

    def _not_known(self, source: Any) -> None:
        row = self.current.row(source)
        if row is not None and not watched_by_itself(source):
            row.slot.tags.add(UNWATCHED)
            row.slot.frozen = row.slot.frozen or row.slot.froze

    def ask_ends(self, asked: Asked, frame: FrameType | None) -> None:
        """The tape has answered, or raised."""
        self._ask_ended(asked)
        if asked.error is None:
            self._stop_script()

    @guarded
    def _ask_ended(self, asked: Asked) -> None:
        if self.stepping.aside:
            self.stepping.aside = False
            return
        if asked.error is not None:
            self._failed(asked.error)
            return
        with self.quiet():
            self.current.answered(asked.sources, asked.results)
        if not self._inside and self._over_when_asked():
            self._close(stepped=False)

    def _over_when_asked(self) -> bool:
        """Whether no optimizer will take what the tape gave."""
        if not self.stepping.ends_at_backward():
            return False
        asked = {key for key, row in self.current.rows.items() if row.asked}
        return self.stepping.backwards >= ACCUMULATED or not self.optimizers.awaited(asked)

    def _failed(self, error: BaseException) -> None:
        last = self.events[-1]
        self.events[-1] = last._replace(detail=f"{type(error).__name__}: {error}")

    # -- updates

    @guarded
    def step_begins(
        self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any], frame: FrameType
    ) -> None:
        """An optimizer is about to apply gradients, or is traced while it would."""
        self._inside.append(id(optimizer))
        if len(self._inside) > 1:
            return
        place = self.callsites.capture(frame)
        if self.traced:
            if self.flow.tracing:
                told = tuple(gradients), tuple(variables), place
                self._update = TracedUpdate(optimizer, *told)
                self.flow.updates(self._update)
        else:
            self._look(frame)
            self._updates(optimizer, gradients, variables, place)
        self.flow.pause()

    def _updates(
        self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any], place: int
    ) -> None:
        held = self.optimizers.adopt(optimizer)
        held.idle = False
        if not held.built_moment:
            held.built_moment = self.assignments.optimizer_built()
        self.optimizers.given(optimizer, [*variables, *self.current.meant_with(variables)])
        self.loose.held(self.optimizers, self.current)
        self._note(EventKind.STEPPED, place, optimizer)
        self.accumulators.given(gradients, variables)
        with self.quiet():
            self.current.before_step(gradients, variables)

    def step_ends(self, optimizer: Any) -> None:
        """An optimizer has stepped; the observed step may be over, and with it the script."""
        self._step_ended(optimizer)
        self._stop_script()

    @guarded
    def _step_ended(self, optimizer: Any) -> None:
        if not self._inside:
            return
        while self._inside and self._inside.pop() != id(optimizer):
            continue  # an inner optimizer's step raised and was caught by the outer one's
        if self._inside:
            if not self.traced:
                self.stepping.also_stepped(self.optimizers.adopt(optimizer))
            return
        self.flow.resume()
        if self.traced:
            if self._update is not None:
                self._update.rate = self.optimizers.traced_rate(optimizer)
                self._update = None
            return
        self.flow.updated([inner(thing) for thing in self.current.updating()])
        with self.quiet():
            self.current.after_step()
        if self.stepping.stepped_by(self.optimizers.adopt(optimizer)):
            self._close(stepped=True)

    @guarded
    def step_failed(self, optimizer: Any) -> None:
        """An optimizer raised: above all where not one of its variables has a gradient."""
        if self._inside:
            self._inside.clear()
            self.flow.resume()
            if self.traced:
                self._failed_while_traced(sys._getframe(2))
            else:
                self.current.drop_step()

    def _failed_while_traced(self, frame: FrameType) -> None:
        """The function will never run. What was traced of it is the step that was to be."""
        from tensorflow.python.framework import ops

        graph = ops.get_default_graph()
        asks = [moment for moment in moments_of(graph) if isinstance(moment, TracedAsk)]
        with ops.init_scope():
            self._look(frame)
            put(self.flow.eager, graph, self.callsites.capture(frame))
            for ask in asks:
                if self._asks(ask.sources, ask.site):
                    there = [None if r is None else UNMEASURED for r in ask.results]
                    self.current.answered(ask.sources, there)
                self.stepping.aside = False

    # -- runs of traced functions

    @guarded
    def run_begins(self, run: TracedRun) -> None:
        """A traced function that asks or updates is about to run."""
        self._look(sys._getframe(2))
        for ask in run.asks:
            if self._asks(ask.sources, ask.site):
                for source, watched in zip(ask.sources, ask.watched, strict=False):
                    if not watched:
                        self._not_known(source)
                self.late.asked(ask.sources, self.current.rows.values())
                with self.quiet():
                    self.current.answered(ask.sources, ask.results)
            if ask.of is not None:
                self.current.pairing.answered(ask.of.sources, ask.of.results)
            self.stepping.aside = False
        self._keep_weights()
        for update in run.updates:
            self.optimizers.used(update.optimizer, update.rate)
            self._updates(update.optimizer, update.gradients, update.variables, update.site)
            if update.of is not None:
                self.current.pair(update.of.gradients, update.variables)
                self.accumulators.given(update.of.gradients, update.variables)

    def run_ends(self, run: TracedRun, error: BaseException | None) -> None:
        """It has run, or raised."""
        self._run_ended(run, error)
        if error is None:
            self._stop_script()

    @guarded
    def _run_ended(self, run: TracedRun, error: BaseException | None) -> None:
        if error is not None:
            self.current.drop_step()
            return
        with self.quiet():
            self.current.after_step()
        held = [self.optimizers.adopt(update.optimizer) for update in run.updates]
        over = [self.stepping.stepped_by(each) for each in held]
        if any(over):
            self._close(stepped=True)
        elif not held and self.stepping.backwards and self._over_when_asked():
            self._close(stepped=False)
