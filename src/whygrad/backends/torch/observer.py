"""What the training loop does, as an observation hears of it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch

from whygrad.backends.shared.guarding import guarded
from whygrad.backends.torch.loop import Asked, in_step
from whygrad.backends.torch.observation import Observation
from whygrad.backends.torch.optimizers import parameters_of
from whygrad.flow.recording import EventKind
from whygrad.runtime.backend import Session


def attach(session: Session) -> TorchObserver:
    """Begin to observe."""
    observer = TorchObserver(session)
    observer.start(observer)
    return observer


class TorchObserver(Observation):
    """Listens to the loop; see `loop.Listener` for when each method is called."""

    @guarded
    def built(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer was built, or the base class of one that is being built."""
        place = self.callsites.capture(frame)
        moment = self.assignments.optimizer_built()
        held = self.optimizers.adopt(optimizer, place, moment)
        held.built, held.built_moment = place, moment
        self._note_at(EventKind.BUILT, frame, optimizer)
        self.names.look(frame)
        self._refresh()

    @guarded
    def holds(self, optimizer: Any, frame: FrameType) -> None:
        """An optimizer of Keras was given its variables, often long after it was made."""
        held = self.optimizers.adopt(optimizer)
        held.built_moment = self.assignments.optimizer_built()

    @guarded
    def added_group(self, optimizer: Any, frame: FrameType) -> None:
        """A group was added later on; those of the constructor come before `built`."""
        if self.optimizers.knows(optimizer):
            self._note_at(EventKind.ADDED_GROUP, frame, optimizer)

    def clearing(self, owner: Any, frame: FrameType) -> None:
        """Gradients are about to be cleared: without steps, that is where an iteration ends."""
        self._clearing(frame)
        self._stop_script()

    @guarded
    def _clearing(self, frame: FrameType) -> None:
        self._recover(frame)
        if self.stepping.ends_at_clearing():
            self._close(stepped=False)

    @guarded
    def cleared(self, owner: Any, frame: FrameType) -> None:
        """Gradients were cleared, by an optimizer or a module."""
        self.stepping.cleared = True
        self.flow.moment(_tensors_of(owner), measured=False)
        if isinstance(owner, torch.optim.Optimizer):
            self.optimizers.adopt(owner)
            self._note_at(EventKind.CLEARED, frame, owner)
        else:
            self._note_at(EventKind.CLEARED, frame, detail="module")

    @guarded
    def backward_begins(self, asked: Asked, frame: FrameType) -> None:
        """Gradient is asked of `asked.roots`."""
        roots, inputs, kept = asked[:3]
        self._recover(frame)
        self.flow.pause(entirely=inputs is None)
        self.stepping.in_backward = True
        self.stepping.kept = kept
        if self._muted:
            return
        if len(self.steps) < 2:
            self.names.look(frame)
        self._refresh()
        if inputs is not None and not self._differentiates(inputs):
            self.stepping.aside = True
            return
        self.loose.look(roots, self.current)
        first = not self.current.began
        if first:
            self.loose.settle()
            self.loose.wait(self.current, self.optimizers)
        carried = self.current.backward_begins()
        if self.stepping.backward_begins(carried):
            self._note_at(EventKind.CLEARED, None, detail="by hand")
        self.flow.differentiates(asked)
        self._note_at(EventKind.DIFFERENTIATED, frame)

    def _differentiates(self, inputs: tuple[Any, ...]) -> bool:
        """Whether gradients are asked for variables, not for the input of the model."""
        self.loose.asked_for(inputs)
        rows = self.current.rows
        return any(id(t) in rows or isinstance(t, torch.nn.Parameter) for t in inputs)

    def backward_ends(self, error: BaseException | None) -> None:
        """Backward has returned or raised."""
        self._backward_ended(error)
        if error is None:
            self._stop_script()

    @guarded
    def _backward_ended(self, error: BaseException | None) -> None:
        self.flow.resume()
        self.stepping.in_backward = False
        if self._muted:
            return
        if self.stepping.aside:
            self.stepping.aside = False
            return
        self.current.backward_ends()
        if error is not None:
            last = self.events[-1]
            self.events[-1] = last._replace(detail=f"{type(error).__name__}: {error}")
        if not self._inside and self.stepping.ends_at_backward():
            self._close(stepped=False)

    @guarded
    def step_begins(self, optimizer: Any, closure: Any, frame: FrameType) -> Any:
        """An optimizer is about to step. Gives the closure to call instead of the person's."""
        self._recover(frame.f_back or frame)
        self._inside.append(id(optimizer))
        if len(self._inside) > 1:
            return closure
        held = self.optimizers.adopt(optimizer)
        held.idle = False
        if len(self.steps) < 2:
            self.names.look(frame)
        self._refresh()
        self._note_at(EventKind.STEPPED, frame, optimizer)
        self.flow.pause()
        if closure is None:
            self._before_step(optimizer)
            return None
        return self._closure(closure, optimizer)

    def _closure(self, closure: Callable[[], Any], optimizer: Any) -> Callable[[], Any]:
        """The first call of a closure is the step's forward and backward; the rest repeat it."""
        calls = [0]

        @functools.wraps(closure)
        def call(*args: Any, **kwargs: Any) -> Any:
            calls[0] += 1
            if not self.active:
                return closure(*args, **kwargs)
            if calls[0] > 1:
                self._muted = True
                try:
                    return closure(*args, **kwargs)
                finally:
                    self._muted = False
            self.flow.resume()
            try:
                return closure(*args, **kwargs)
            finally:
                self._after_closure(optimizer)

        return call

    @guarded
    def _after_closure(self, optimizer: Any) -> None:
        self.flow.pause()
        self._before_step(optimizer)

    def _before_step(self, optimizer: Any) -> None:
        held = {id(p) for p in parameters_of(optimizer)}
        others = {
            id(p)
            for _, o in self.optimizers.alive()
            if o is not optimizer
            for p in parameters_of(o)
        }
        self.current.measure(lambda key: key in held or key not in others)
        self._keep_step(lambda key: key in held or key not in others, held | others)
        if self.prober.look(row for row in self.current.rows.values() if row.measured):
            self._keep()
        self.current.before_step(held)

    def _keep_step(self, measured: Callable[[int], bool], held: set[int]) -> None:
        """Where something looks sick, copy the weights that the step is about to update."""
        rows = self.current.rows
        self.flow.moment([r.tensor for k, r in rows.items() if measured(k)], measured=True)
        ill = any(
            (r.sick or k not in held) and self.flow.current_value(r.tensor) is not None
            for k, r in rows.items()
            if r.tensor.requires_grad
        )
        if ill or self.current.uneven() or self.keeping.sick(self.current.step):
            self._keep()

    def _keep(self) -> None:
        self.keeping.looks_sick(self.current.step)
        self.flow.pin(row.tensor for row in self.current.rows.values())

    def step_ends(self, optimizer: Any) -> None:
        """An optimizer has stepped; the observed step may be over, and with it the script."""
        self._step_ended(optimizer)
        self._stop_script()

    @guarded
    def _step_ended(self, optimizer: Any) -> None:
        while self._inside and self._inside.pop() != id(optimizer):
            continue  # an inner optimizer's step raised and was caught by the outer one's
        if self._inside:
            self.stepping.also_stepped(self.optimizers.adopt(optimizer))
            return
        self.current.after_step()
        self.flow.updated()
        self.flow.resume()
        if self.stepping.stepped_by(self.optimizers.adopt(optimizer)):
            self._close(stepped=True)

    @guarded
    def step_failed(self, optimizer: Any) -> None:
        """An optimizer of Keras raised in its step; torch's do not tell, see `_recover`."""
        if self._inside:
            self._inside.clear()
            self.current.drop_step()
            self.flow.resume()

    def _recover(self, frame: FrameType) -> None:
        """A step that raised never told of its end: notice that nobody is in it any more."""
        if self._inside and not in_step(frame):
            self._inside.clear()
            self.current.drop_step()
            self.flow.resume()

    @guarded
    def scheduled(self, scheduler: Any, frame: FrameType) -> None:
        """A learning-rate scheduler moved on."""
        self._note_at(EventKind.SCHEDULED, frame, getattr(scheduler, "optimizer", None))

    @guarded
    def skipped(self, optimizer: Any, scale: float, frame: FrameType) -> None:
        """The loss scaler found an infinite gradient and left the optimizer's step out."""
        self._note_at(EventKind.SKIPPED, frame, optimizer, f"{scale:g}")
        held = {id(p) for p in parameters_of(optimizer)}
        self.current.measure(held.__contains__)
        self._keep_step(held.__contains__, held)
        self.prober.look(row for row in self.current.rows.values() if row.measured)
        if self.stepping.skipped_by(self.optimizers.adopt(optimizer)):
            self._close(stepped=False)


def _tensors_of(owner: Any) -> list[Any]:
    if isinstance(owner, torch.optim.Optimizer):
        return list(parameters_of(owner))
    return list(owner.parameters()) if isinstance(owner, torch.nn.Module) else []
