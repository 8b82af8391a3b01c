"""The data flow of the observed steps: puts the tape in place, and answers questions of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any
from weakref import WeakSet

import torch
from torch import overrides

from whygrad.backends.torch.entrances import Entrances
from whygrad.backends.torch.freeze import Frozen
from whygrad.backends.torch.loop import Asked
from whygrad.backends.torch.making import Made, Makings
from whygrad.backends.torch.replay.entries import Backward
from whygrad.backends.torch.replay.program import Program, program_of
from whygrad.backends.torch.tape import Tape
from whygrad.flow.graph import FlowGraph
from whygrad.flow.variable import Origin
from whygrad.runtime.callsite import Callsites

__all__ = ["Flow", "Made"]

_push: Callable[[Any], None] = overrides._push_mode
_pop: Callable[[], Any] = overrides._pop_mode
_tapes: WeakSet[Tape] = WeakSet()


def _silence_in_child() -> None:
    # A forked DataLoader worker inherits the mode; nobody would read what it notes.
    for tape in _tapes:
        tape.off += 1 << 20


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_silence_in_child)


class Flow:
    """Records ops from `begin_step` to `end_step`; `pause` and `resume` nest."""

    def __init__(self, callsites: Callsites | None = None) -> None:
        self.callsites = callsites if callsites is not None else Callsites()
        self._blind: dict[str, None] = {}
        self._tape = Tape(self.callsites, self._failed)
        self._makings = Makings(self._tape)
        self._entrances = Entrances(self._tape, self._cannot_see)
        self._losses: dict[int, None] = {}
        self._paused: list[bool] = []
        """For every open pause, whether it took the mode off torch's stack."""
        self._stands_for: dict[int, int] = {}
        _tapes.add(self._tape)

    def install(self) -> None:
        """Enter the mode and put the few patches in place. Twice is once."""
        if self._tape.installed:
            return
        self._tape.installed = True
        self._entrances.open()
        _push(self._tape)

    def uninstall(self) -> None:
        """Leave torch as it was. Twice is once."""
        _take_off(self._tape)
        self._tape.capture.begin()  # lets go of what the last step read
        if self._tape.installed:
            self._tape.installed = False
            self._entrances.close()

    def pause(self, *, entirely: bool = True) -> None:
        """See nothing until the matching `resume`: inside `optimizer.step` and backward.

        Not `entirely` where the call itself, `autograd.grad`, is an op of the flow.
        """
        tape = self._tape
        tape.off += 1
        # Off the stack, calls cost nothing: an optimizer makes thousands of small ones. Where
        # torch has put the mode aside itself, or another mode lies above, the flag must do.
        depth = torch._C._len_torch_function_stack()
        away = entirely and depth > 0 and torch._C._get_function_stack_at(depth - 1) is tape
        if away:
            _pop()
        self._paused.append(away)

    def resume(self) -> None:
        """Undo one `pause`."""
        self._tape.off -= 1
        if self._paused and self._paused.pop() and self._tape.installed:
            _push(self._tape)

    def begin_step(self) -> None:
        """Start an empty graph. What made the tensors that live on is remembered."""
        self._makings.keep()
        self._tape.clear()
        self._losses.clear()
        self._stands_for = {}

    def end_step(self) -> FlowGraph:
        """Freeze what was recorded since `begin_step`; questions are answered until the next."""
        frozen = Frozen(self._tape)
        graph = frozen.build()
        graph.losses = tuple(self._losses)
        self._stands_for = frozen.stands_for
        return graph

    def so_far(self, tensors: Iterable[Any]) -> tuple[FlowGraph, list[int | None]]:
        """The graph of the step that is going on, and the first values of some tensors in it.

        Numbers of ops, values and edges stay what they are, but for edges through Python.
        """
        frozen = Frozen(self._tape)
        graph = frozen.build()
        graph.losses = tuple(self._losses)
        self._stands_for = frozen.stands_for
        return graph, [self.value_of(tensor) for tensor in tensors]

    def mark_loss(self, tensor: Any) -> None:
        """Gradient is about to be asked of this tensor; call it before the backward runs."""
        if isinstance(tensor, torch.Tensor) and not self._tape.failed:
            self._losses[self._tape.number(tensor, sys._getframe(1))] = None

    def differentiates(self, asked: Asked) -> None:
        """Gradient is about to be asked for; call it before the backward runs."""
        roots = [root for root in asked.roots if isinstance(root, torch.Tensor)]
        for root in roots:
            self.mark_loss(root)
        if self._tape.capture.on and not self._tape.failed:
            self._tape.capture.differentiates(
                roots, asked.gradients, asked.inputs,
                retain=asked.kept, create=asked.create, grad=asked.grad,
            )  # fmt: skip

    def moment(self, tensors: Iterable[Any], *, measured: bool) -> None:
        """Gradients of these variables were cleared, or `measured`."""
        self._tape.capture.moment(tensors, measured=measured)

    def coarse(self) -> float:
        """The distance between neighbouring numbers in the dtype that the step casts to."""
        casts = [state for _, state in self._tape.capture.modes if state is not None]
        return max((torch.finfo(dtype).eps for on, _ in casts for _, dtype in on), default=0.0)

    def pin(self, tensors: Iterable[Any]) -> None:
        """An optimizer is about to update these; copy them for a replay."""
        if self._tape.capture.on:
            self._tape.capture.pin(tensors)

    def roots(self) -> list[Any]:
        """What gradient was asked of since gradients were last cleared, where that was recorded."""
        found: list[Any] = []
        for event in self._tape.capture.events:
            if isinstance(event, Backward):
                found += event.losses
            elif not event.measured:
                found.clear()
        return found

    def updated(self) -> None:
        """An optimizer has stepped."""
        self._tape.capture.updated.append(len(self._tape.records))

    def program(self) -> Program:
        """The step so far, to be run again. Its lists grow with the step until it ends."""
        return program_of(self._tape)

    def value_of(self, tensor: Any) -> int | None:
        """The first value of the tensor in this step (until the next `begin_step`)."""
        entry = self._tape.values.entry(tensor)
        if entry is None:
            return None
        value: int = entry[3]
        while value in self._stands_for:
            value = self._stands_for[value]
        return value

    def current_value(self, tensor: Any) -> int | None:
        """The value that the tensor holds now."""
        entry = self._tape.values.entry(tensor)
        return None if entry is None else int(entry[1])

    def on_flag(self, tell: Callable[[Any, FrameType | None], None]) -> None:
        """Have `tell` called with every tensor whose `requires_grad` was turned on or off."""
        self._tape.flagged = tell

    def made(self, tensor: Any) -> Made | None:
        """What made the tensor, if that was seen; outlives steps as long as the tensor lives."""
        return self._makings.of(tensor)

    def origin(self, tensor: Any) -> Origin | None:
        """What a non-leaf tensor was computed from; None for a leaf."""
        node = tensor.grad_fn
        if node is None:
            return None
        made = self.made(tensor)
        name = node.name() if made is None else made.op
        place = None if made is None else made.place
        return Origin(name, place, _orphan(node))

    def blind(self) -> tuple[str, ...]:
        """What could not be seen, one sentence each."""
        return tuple(self._blind)

    def _cannot_see(self, sentence: str) -> None:
        self._blind[sentence] = None

    def _failed(self, error: BaseException) -> None:
        self._cannot_see(f"Recording ended early by a fault of whygrad's own: {error!r}.")


def _orphan(node: Any) -> bool:
    """Whether the chain of one-input ops above leads to a Parameter, as in `nn.Parameter(x) * 2`.

    Whether anything else holds that Parameter is for the inventory to say.
    """
    todo = [node]
    seen = {node}
    for current in todo:
        for following, _ in current.next_functions:
            if following is None or following in seen or len(seen) > 64:
                continue
            seen.add(following)
            leaf = getattr(following, "variable", None)
            if isinstance(leaf, torch.nn.Parameter):
                return True
            todo.append(following)
    return False


def _take_off(tape: Tape) -> None:
    """Take the mode off torch's stack, wherever in it the person's own modes have put it."""
    above = []
    while torch._C._len_torch_function_stack():
        mode = _pop()
        if mode is tape:
            break
        above.append(mode)
    for mode in reversed(above):
        _push(mode)
