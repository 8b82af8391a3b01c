"""What the training loop does, as an observation hears of it.

In a staged function it is told once, while JAX traces it; values that are wanted are marked then
and measured whenever the function runs.
"""

from __future__ import annotations

import functools
import os
import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, TypeVar

from whygrad.backends.jax import loop
from whygrad.backends.jax.barriers import is_array
from whygrad.backends.jax.differentiating import Asked
from whygrad.backends.jax.executing import at_top
from whygrad.backends.jax.flow import Program
from whygrad.backends.jax.marks import marked, staging
from whygrad.backends.jax.observation import LIVE, Observation
from whygrad.backends.jax.tape import Tape
from whygrad.backends.jax.things import array_of
from whygrad.backends.jax.updates import moves, nothing_moved, rate_among
from whygrad.backends.keras import updating
from whygrad.backends.tensorflow.things import key_of
from whygrad.flow.recording import EventKind
from whygrad.runtime.backend import Session

_M = TypeVar("_M", bound=Callable[..., Any])


def attach(session: Session) -> JAXObserver:
    """Begin to observe."""
    observer = JAXObserver(session)
    observer.start(observer)
    return observer


def _guarded(method: _M) -> _M:
    """A fault of ours is told, and then we step aside: the person's script must not notice."""

    @functools.wraps(method)
    def call(self: JAXObserver, *args: Any) -> Any:
        if not self.active:
            return None
        try:
            return method(self, *args)
        except Exception as error:
            self.fault(error)
            return None

    return call  # type: ignore[return-value]


@dataclass(slots=True, eq=False)
class Update:
    """One update by an optimizer: done now, or staged to be done whenever its function runs."""

    optimizer: weakref.ref[Any]
    variables: list[weakref.ref[Any]]
    site: int
    gradients: Sequence[Any] = ()
    old: Sequence[Any] = ()
    number: int = -1


@dataclass(slots=True, eq=False)
class Run:
    """What was found of one event of a staged function when it ran, by role and position."""

    event: Program | Update
    found: dict[tuple[str, int], Any] = field(default_factory=dict)

    def all(self, role: str, count: int) -> list[Any]:
        return [self.found.get((role, i)) for i in range(count)]


class JAXObserver(Observation):
    """Listens to gradients, to updates, and to the runs of what holds them."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._tape: Tape | None = None
        self._mapped: dict[int, tuple[Any, int]] = {}
        """By key, a variable of the function that is being differentiated, and its value."""
        self._values: dict[int, int] = {}
        self._leaves: list[int | None] = []
        self._marks: dict[int, tuple[int, str, int]] = {}
        """By mark, the number of an event, a role in it, a position."""
        self._staged: dict[int, Program | Update] = {}
        self._inside = 0

    def release(self) -> None:
        self._tape = None
        self._mapped = {}
        self._marks.clear()
        self._staged.clear()

    # -- optimizers come to be

    @_guarded
    def built(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer was made, or the base class of one that is being made."""
        if self.wanted():
            place = self._site(frame)
            held = self.optimizers.adopt(optimizer, place, self.assignments.now())
            held.built = place
            self._note(EventKind.BUILT, place, optimizer)

    @_guarded
    def holds(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer was given its variables, often long after it was made."""
        if self.wanted():
            held = self.optimizers.adopt(optimizer)
            held.built_moment = self.assignments.optimizer_built()

    # -- gradients

    @_guarded
    def opens(self, frame: FrameType) -> Asked | None:
        """Gradients are asked for."""
        if len(self.steps) < 2:
            self.names.look(frame)
        self._tape = Tape(self.sites, self.inside_of)
        self._mapped = {}
        return Asked(self._tape, frame)

    @_guarded
    def maps(self, scope: Any, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Keras' variables are given values for a while."""
        if self._tape is None:
            return
        for variable, _ in pairs:
            value = self._tape.number(scope.get_current_value(variable))
            key = key_of(variable)
            if value is not None and key is not None:
                self._mapped.setdefault(key, (variable, value))

    @_guarded
    def inside(self, asked: Asked) -> None:
        """The function has done its work; its values are still there."""
        tape = asked.tape
        self._refresh()
        leaves = {tape.value_of(leaf): None for leaf in asked.leaves}
        differentiated = [v for v, number in self._mapped.values() if number in leaves]
        self.loose.look(differentiated, self.current, ())
        self._values = {key: number for key, (_, number) in self._mapped.items()}
        for key, row in self.current.rows.items():
            number = tape.value_of(array_of(row.thing))
            if key not in self._values and number is not None:
                self._values[key] = number
        by_value = {number: key for key, number in self._values.items()}
        self._leaves = [by_value.get(tape.value_of(leaf) or 0) for leaf in asked.leaves]
        loss = tape.number(asked.loss)
        if loss is not None:
            tape.graph.losses = (loss,)

    @_guarded
    def closes(
        self, asked: Asked, loss: Any, gradients: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]] | None:
        """The gradients are there. Gives what to hand on in place of both, if anything."""
        graph = asked.tape.freeze()
        mapped = bool(self._mapped)
        self._tape, self._mapped = None, {}
        leaves = [key if key in self.current.rows else None for key in self._leaves]
        if not any(key is not None for key in leaves) and (leaves or not mapped):
            return None  # of an input, perhaps
        program = Program(len(self._staged), graph, self._values, leaves, self._site(asked.frame))
        if staging():
            changed = self._marked(program, "gradient", gradients)
            # Where nothing at all is to train, there is no gradient to mark.
            return self._marked(program, "loss", [loss])[0], changed
        if at_top():
            self._differentiated(program, gradients)
            self._stop_script()
        else:
            self.flow.cannot_see("Gradients inside of another transformation were not measured.")
        return None

    @_guarded
    def fails(self, asked: Asked, error: BaseException) -> None:
        """The function, or the way back, raised."""
        self._tape, self._mapped = None, {}
        self.stepping.backward_begins(False)
        detail = f"{type(error).__name__}: {error}"
        self._note(EventKind.DIFFERENTIATED, self._site(asked.frame), detail=detail)

    def _marked(self, event: Program | Update, role: str, values: Sequence[Any]) -> list[Any]:
        """Values of a staged function, to be found again when it runs."""
        if event.number not in self._staged or self._staged[event.number] is not event:
            event.number = len(self._staged)
            self._staged[event.number] = event
        result = []
        for place, value in enumerate(values):
            if value is None:
                result.append(None)
                continue
            mark = len(self._marks)
            self._marks[mark] = event.number, role, place
            result.append(marked(value, mark))
        return result

    def _differentiated(self, program: Program, gradients: Sequence[Any]) -> None:
        self._refresh()
        pairs = [
            (row, gradient)
            for key, gradient in zip(program.leaves, gradients, strict=False)
            if key is not None and (row := self.current.rows.get(key)) is not None
        ]
        if not pairs and program.leaves:
            return
        self._asked.update(row.slot for row, _ in pairs)
        self.stepping.backward_begins(False)
        self._note(EventKind.DIFFERENTIATED, program.site)
        if program not in self.flow.programs:
            self.flow.programs.append(program)
        self.current.answered([row.thing for row, _ in pairs], [g for _, g in pairs])
        if self.stepping.ends_at_backward():
            self._close(stepped=False)

    # -- updates

    def step_begins(
        self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any], frame: FrameType
    ) -> Sequence[Any]:
        """An optimizer is about to apply gradients. Gives the gradients to apply."""
        told = self._begun(optimizer, gradients, variables, frame)
        return gradients if told is None else told

    @_guarded
    def _begun(
        self, optimizer: Any, gradients: Sequence[Any], variables: Sequence[Any], frame: FrameType
    ) -> Sequence[Any] | None:
        self._inside += 1
        if self._inside > 1 or not self.wanted():
            return None
        update = self._update(optimizer, variables, frame)
        if staging():
            return self._marked(update, "given", list(gradients))
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

    @_guarded
    def _step_ended(self, optimizer: Any) -> None:
        self._inside = max(0, self._inside - 1)
        if self._inside or not at_top() or not self.wanted():
            return
        self.current.after_step()
        if self.stepping.stepped_by(self.optimizers.adopt(optimizer)):
            self._close(stepped=True)

    @_guarded
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

    @_guarded
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
        self._marked(update, "given", update.gradients)
        place = rate_among(optimizer)
        if place is not None and place < len(own):
            own[place] = self._marked(update, "rate", [own[place]])[0]
        return update, self._marked(update, "old", old), own

    def updated(
        self, update: Any, new: Sequence[Any], rest: Sequence[Any]
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """It has. Gives the new values to hand on, and the optimizer's own."""
        told = self._updated(update, new, rest)
        self._stop_script()
        return (new, rest) if told is None else told

    @_guarded
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
                self._marked(update, "rate", [rate])
            # An optimizer without variables still counts its steps, in the first of its own.
            counted = self._marked(update, "count", list(rest)[:1])
            return self._marked(update, "new", list(new)), [*counted, *list(rest)[1:]]
        if at_top():
            self._stepped(update, update.gradients, update.old, new)
        else:
            self.flow.cannot_see("An update inside of another transformation was not measured.")
        return None

    @_guarded
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
        self._note(EventKind.STEPPED, update.site, optimizer)
        return held

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

    @_guarded
    def ran(self, found: Mapping[int, Any], keys: tuple[int, ...]) -> None:
        """It has run, and this is what was marked in it."""
        runs: dict[int, Run] = {}
        for mark in keys:
            if mark not in self._marks:
                continue  # of an observation before this one
            number, role, place = self._marks[mark]
            run = runs.setdefault(number, Run(self._staged[number]))
            run.found[role, place] = found.get(mark)
        for number in sorted(runs):
            run, event = runs[number], runs[number].event
            if not self.active:
                return
            if isinstance(event, Program):
                self._differentiated(event, run.all("gradient", len(event.leaves)))
            else:
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


def _leave_child() -> None:
    for observer in list(LIVE):
        observer.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_child)
