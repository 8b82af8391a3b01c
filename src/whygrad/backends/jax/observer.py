"""What the training loop does, as an observation hears of it.

In a staged function it is told once, while JAX traces it; values that are wanted are marked then
and measured whenever the function runs.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any, Final

from whygrad.backends.jax import loop
from whygrad.backends.jax.asking import Asking
from whygrad.backends.jax.barriers import is_array
from whygrad.backends.jax.executing import at_top
from whygrad.backends.jax.flow import Program
from whygrad.backends.jax.marks import staging
from whygrad.backends.jax.staged import Update
from whygrad.backends.jax.updates import moves, nothing_moved, rate_among
from whygrad.backends.keras import updating
from whygrad.backends.shared.guarding import guarded
from whygrad.flow.recording import EventKind
from whygrad.runtime.backend import Session

_UNHEARD: Final = (
    "The gradients that the optimizer was given were not computed by `jax.grad` or"
    " `jax.value_and_grad` where whygrad listens (but by `jax.vjp`, or inside of `jax.lax.scan`):"
    " what led to them was not seen."
)


def attach(session: Session) -> JAXObserver:
    """Begin to observe."""
    observer = JAXObserver(session)
    observer.start(observer)
    return observer


class JAXObserver(Asking):
    """Listens to gradients, to updates, and to the runs of what holds them."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._inside = 0
        self._unheard = False
        """No gradient was asked for in a way that we hear of."""

    # -- optimizers come to be

    @guarded
    def built(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer was made, or the base class of one that is being made."""
        if self.wanted():
            place = self._site(frame)
            held = self.optimizers.adopt(optimizer, place, self.assignments.now())
            held.built = place
            self._note(EventKind.BUILT, place, optimizer)

    @guarded
    def holds(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer was given its variables, often long after it was made."""
        if self.wanted():
            held = self.optimizers.adopt(optimizer)
            held.built_moment = self.assignments.optimizer_built()

    # -- updates

    @guarded
    def step_begins(
        self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any], frame: FrameType
    ) -> Sequence[Any] | None:
        """An optimizer is about to apply gradients. Gives others to apply, or None."""
        self._inside += 1
        if self._inside > 1 or not self.wanted():
            return None
        update = self._update(optimizer, variables, frame)
        if staging():
            return self._staged.mark(update, "given", list(gradients))
        if at_top():
            self._stepping(update)
            self.current.before_step(gradients, variables)
        return None

    def _update(self, optimizer: Any, variables: Sequence[Any], frame: FrameType) -> Update:
        if len(self.steps) < 2:
            self.names.look(frame)
        refs = [weakref.ref(variable) for variable in variables]
        return Update(weakref.ref(optimizer), refs, self._site(frame))

    def step_ends(self, optimizer: Any) -> None:
        """An optimizer has stepped; the observed step may be over, and with it the script."""
        self._step_ended(optimizer)
        self._stop_script()

    @guarded
    def _step_ended(self, optimizer: Any) -> None:
        self._inside = max(0, self._inside - 1)
        if self._inside or not at_top() or not self.wanted():
            return
        self.current.after_step()
        if self.stepping.stepped_by(self.optimizers.adopt(optimizer)):
            self._close(stepped=True)

    @guarded
    def step_failed(self, optimizer: Any) -> None:
        """An optimizer raised."""
        self._inside = 0
        self.current.drop_step()

    def updates(
        self, optimizer: Any, gradients: Any, old: Any, own: Any, frame: FrameType
    ) -> tuple[Any, Any, Any]:
        """An optimizer is about to compute new values. Gives the old ones to compute with."""
        told = self._updates(optimizer, gradients, old, own, frame)
        return (None, old, own) if told is None else told

    @guarded
    def _updates(
        self, optimizer: Any, gradients: Any, old: Any, own: Any, frame: FrameType
    ) -> tuple[Any, Any, Any] | None:
        self._inside += 1
        if self._inside > 1 or not self.wanted():
            return None
        old, own = list(old), list(own)
        update = self._update(optimizer, updating.variables_of(optimizer), frame)
        update.gradients, update.old = list(gradients), old
        if not staging():
            return update, old, own
        self._staged.mark(update, "given", update.gradients)
        place = rate_among(optimizer)
        if place is not None and place < len(own):
            own[place] = self._staged.mark(update, "rate", [own[place]])[0]
        return update, self._staged.mark(update, "old", old), own

    def updated(
        self, update: Any, new: Sequence[Any], rest: Sequence[Any]
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """It has. Gives the new values to hand on, and the optimizer's own."""
        told = self._updated(update, new, rest)
        self._stop_script()
        return (new, rest) if told is None else told

    @guarded
    def _updated(
        self, update: Update | None, new: Sequence[Any], rest: Sequence[Any]
    ) -> tuple[Sequence[Any], Sequence[Any]] | None:
        self._inside = max(0, self._inside - 1)
        if update is None:
            return None
        if staging():
            update.gradients = update.old = ()
            rate = self.optimizers.rates.seen(update.optimizer())
            if is_array(rate):
                self._staged.mark(update, "rate", [rate])
            # An optimizer without variables still counts its steps, in the first of its own.
            counted = self._staged.mark(update, "count", list(rest)[:1])
            return self._staged.mark(update, "new", list(new)), [*counted, *list(rest)[1:]]
        if at_top():
            self._stepped(update, update.gradients, update.old, new)
        else:
            self.flow.cannot_see("An update inside of another transformation was not measured.")
        return None

    @guarded
    def update_failed(self) -> None:
        """It raised."""
        self._inside = 0

    def _stepping(self, update: Update) -> Any:
        """An optimizer steps: what it holds, and that it does."""
        optimizer = update.optimizer()
        held = self.optimizers.adopt(optimizer)
        held.idle = False
        held.built_moment = held.built_moment or self.assignments.optimizer_built()
        self._refresh()
        things = [thing for ref in update.variables if (thing := ref()) is not None]
        self.optimizers.given(optimizer, things)
        self.loose.held(self.optimizers, self.current)
        self._gradients_from_elsewhere(update)
        self._note(EventKind.STEPPED, update.site, optimizer)
        return held

    def _gradients_from_elsewhere(self, update: Update) -> None:
        """An optimizer is given gradients, and nobody was seen to ask for any."""
        self._unheard |= not any(step.differentiated for step in self.steps)
        if not self._unheard or self.stepping.backwards:
            return
        self.flow.cannot_see(_UNHEARD)
        self.flow.whole = False
        self._asked.update(
            row.slot for ref in update.variables if (row := self.current.row(ref())) is not None
        )
        self.stepping.backward_begins(False)
        self._note(EventKind.DIFFERENTIATED, update.site)

    def _stepped(
        self, update: Update, gradients: Sequence[Any], old: Sequence[Any], new: Sequence[Any]
    ) -> None:
        optimizer = update.optimizer()
        if optimizer is None:
            return
        if getattr(optimizer, "gradient_accumulation_steps", None) and nothing_moved(old, new):
            return
        held = self._stepping(update)
        rows = [None if (v := ref()) is None else self.current.row(v) for ref in update.variables]
        moves(rows, gradients, old, new)
        if self.stepping.stepped_by(held):
            self._close(stepped=True)

    # -- runs of what was staged

    def before_run(self) -> None:
        """A staged function is about to run."""

    @guarded
    def ran(self, found: Mapping[int, Any], keys: tuple[int, ...]) -> None:
        """It has run, and this is what was marked in it."""
        for run in self._staged.runs(found, keys):
            if not self.active:
                return
            event = run.event
            if isinstance(event, Program):
                found_leaves = run.all("leaf", len(event.given))
                leaves = {
                    **event.leaves_of_all,
                    **dict(zip(event.given, found_leaves, strict=True)),
                }
                gradients = run.all("gradient", len(event.leaves))
                self._differentiated(event, gradients, leaves)
                continue
            count = len(event.variables)
            given, old, new = (run.all(role, count) for role in ("given", "old", "new"))
            rate = run.found.get(("rate", 0))
            if rate is not None and (optimizer := event.optimizer()) is not None:
                self.optimizers.rates.told(optimizer, float(rate))
            self._stepped(event, given, old, new)

    def after_run(self) -> None:
        """The results are on their way to the person."""
        if not self.stepping.stop_here:
            return
        if loop.in_fit(sys._getframe(1)):
            # Keras writes the results down behind the batch, and its `finally` counts on that.
            loop.install_end(self._end, self)
        else:
            self._stop_script()

    def batch_ended(self) -> None:
        """Keras' own loop has put things in order behind a batch."""
        self._end.undo()
        self._stop_script()

    def cannot_see(self, sentence: str) -> None:
        """Something is out of sight."""
        self.flow.cannot_see(sentence)
