"""Runs a program: the same calls in the same order, then backward from the same roots.

The leaves are aliases or copies of the person's tensors; their gradients are taken as they come
and dropped at once, but for those that are wanted.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from whygrad.backends.torch.replay.entries import HOLE, Backward, Call, Moment, Pick, Same, size_of
from whygrad.backends.torch.replay.instrument import Instrument
from whygrad.backends.torch.replay.program import Program
from whygrad.backends.torch.replay.quiet import Cast, apart
from whygrad.backends.torch.replay.random import generator_of, set_states
from whygrad.backends.torch.replay.taking import Taken
from whygrad.backends.torch.replay.widening import drawing, widened, widened_call, widened_dtypes
from whygrad.backends.torch.values import tensors_in
from whygrad.flow.replaying import CannotReplayError, StepFailsError

SMALL = 16 << 20
"""Bytes up to which a leaf without gradient is copied for a run: some calls write on their
arguments and do not say so (running statistics, observers of quantisation).
"""

_NO_SLOPE = re.compile(r"not differentiable|derivative .*not implemented|not support .*differentia")
"""How torch says that an op has no derivative in an operand that asks for one."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run."""

    gradients: Mapping[int, Any]
    """By wanted value; None where none came."""
    losses: tuple[Any, ...]
    """The roots of each backward, as they came out."""
    tensors: Mapping[int, Any]
    """The wanted values themselves, as the run had them."""
    scale: float = 1.0
    """By how much a loss scaler multiplied the loss."""


def run(
    program: Program,
    instrument: Instrument | None = None,
    wanted: Collection[int] = (),
    links: Mapping[int, Sequence[int]] | None = None,
) -> Ran:
    """Run the step again. Raises CannotReplayError where that is not possible.

    `links` names values that must be there when others are made.
    """
    running = _Running(program, instrument or Instrument(), frozenset(wanted), links)
    program.check(running.order)
    try:
        with apart(program.dtype, program.device) as cast:
            return running.run(cast)
    except CannotReplayError:
        raise
    except Exception as error:
        name = running.at()
        text = f"{name} failed when run again: {_short(error)}"
        raise StepFailsError(text, no_derivative=bool(_NO_SLOPE.search(str(error)))) from None
    finally:
        running.clear()


class _Running:
    def __init__(
        self,
        program: Program,
        instrument: Instrument,
        wanted: frozenset[int],
        links: Mapping[int, Sequence[int]] | None,
    ) -> None:
        self.program = program
        self.instrument = instrument
        self.order = program.order(instrument.keeps(), links)
        self.taken = Taken(wanted)
        self.env: dict[int, Any] = {}
        self.results: dict[int, Any] = {}
        self.losses: list[Any] = []
        self.record = -1
        self._backwards = -1
        self.scale = 1.0
        self._picked: set[int] = set()
        self.leaves: dict[int, Any] = {}
        self._later: dict[int, list[tuple[int, Any]]] = {}
        """What an optimizer made of leaves in the midst of the step, by the next record."""
        self._last = self._last_uses(wanted | instrument.keeps(), links or {})

    def run(self, cast: Cast) -> Ran:
        program, instrument = self.program, self.instrument
        hooks: dict[int, list[Any]] = {}
        for hook in program.hooks:
            if hook.answered:
                hooks.setdefault(hook.value, []).append(hook)
        self._make_leaves()
        end = program.backwards[-1].position
        modes, events = deque(program.modes), deque(program.events)
        for index in [*(i for i in self.order if i < end), len(program.records)]:
            while events and events[0].position <= index:
                self._event(events.popleft())
            while modes and modes[0][0] <= index:
                _, state = modes.popleft()
                cast(None if instrument.wide else state)
            for value, copy in self._due(index):
                tensor = self.leaves.get(value, self.taken.tensors.get(value, self.env.get(value)))
                if tensor is not None and not torch.equal(tensor, copy):
                    with torch.no_grad():
                        tensor.copy_(copy)
            if index < len(program.records):
                self.record = index
                self._step(index, hooks)
        return Ran(self.taken.result(), tuple(self.losses), self.taken.others(), self.scale)

    def at(self) -> str:
        """The op that is being run."""
        if self.record < 0:
            return "the step" if self._backwards < 0 else "its backward"
        return f"`{self.program.name(self.record)}`"

    def clear(self) -> None:
        """Let go of every tensor."""
        self.env.clear()
        self.leaves.clear()
        self.results.clear()
        self.taken.clear()

    # -- leaves

    def _make_leaves(self) -> None:
        program, instrument = self.program, self.instrument
        for value in program.pinned.keys() - program.leaves.keys():
            for later in program.pinned[value]:
                self._later.setdefault(later.position, []).append((value, later.copy))
        for value in sorted(program.read(self.order)):
            saved, asks = program.saved.get(value), program.asks(value)
            pinned = program.pinned.get(value, []) if saved is None else []
            source = program.leaves[value].tensor if saved is None else saved
            if pinned:
                source = pinned[0].copy
            for later in pinned[1:]:
                self._later.setdefault(later.position, []).append((value, later.copy))
            if (
                saved is not None
                or len(pinned) > 1
                or value in program.written
                or (not asks and size_of(source) <= SMALL)
                or source.is_inference()
            ):
                tensor = source.detach().clone()
            else:
                tensor = source.detach()
            if instrument.wide:
                tensor = widened(tensor)
            if asks:
                tensor.requires_grad_()
            tensor = instrument.leaf(value, tensor)
            if len(pinned) > 1:
                self.leaves[value] = tensor
            self._keep(value, tensor)

    def _keep(self, value: int, tensor: Any) -> None:
        self.env[value] = tensor
        self.taken.see(value, tensor)
        if value == self.program.scaled_by:
            self.scale = float(tensor) or 1.0

    def _due(self, index: int) -> list[tuple[int, Any]]:
        due = sorted(position for position in self._later if position <= index)
        return [pair for position in due for pair in self._later.pop(position)]

    # -- records

    def _step(self, index: int, hooks: Mapping[int, list[Any]]) -> None:
        program = self.program
        _, _, region, ins, outs = program.records[index]
        entry = program.call(index)
        if isinstance(entry, Call):
            made = self._call(index, entry, region, ins, outs)
            named = (entry.kwargs or {}).get("dtype") is not None and entry.states is None
            if self.instrument.wide and not ins and not named:
                made = [widened(one) for one in made]  # made from nothing: `torch.randn(3)`
        elif isinstance(entry, Same):
            made = [self.env[ins[0]]]
        elif isinstance(entry, Pick):
            made = [self.results[entry.call][entry.place]]
        else:
            made = [self.env[out] for out in outs]
        for value, tensor in zip(outs, made, strict=True):
            if not isinstance(tensor, torch.Tensor):
                raise CannotReplayError(f"`{program.name(index)}` gives something else now")
            tensor = self.instrument.made(index, value, tensor)
            for hook in hooks.get(value, ()):
                if tensor.requires_grad and self.instrument.hooked(value):
                    tensor.register_hook(hook.hook)
            self._keep(value, tensor)
        for value in self._last.get(index, ()):
            self.env.pop(value, None)

    def _call(
        self, index: int, call: Call, region: int, ins: Sequence[int], outs: Sequence[int]
    ) -> list[Any]:
        writes = self._writes(index, ins, outs)
        arguments = iter(self._operands(index, call.ins, ins, writes))
        args = [_filled(a, arguments) for a in call.args]
        kwargs = {k: _filled(a, arguments) for k, a in (call.kwargs or {}).items()}
        func = call.func
        if self.instrument.wide:
            if call.states is None or ins:
                args, kwargs = widened_dtypes(args), widened_dtypes(kwargs)
            func = widened_call(func) if call.states is None or writes is None else drawing(func)
        if call.states is not None:
            set_states(call.states)
            if call.states.given is not None:
                generator = generator_of(call.states)
                args = [generator if isinstance(a, torch.Generator) else a for a in args]
                if kwargs.get("generator") is not None:
                    kwargs["generator"] = generator
        # A region below zero is a checkpoint's: its inside is differentiated later.
        with torch.set_grad_enabled(self.instrument.enabled(index, region <= 0)):
            result = self.instrument.call(index, func, args, kwargs)
        if writes is not None:
            return [self.env[writes]]
        found = list(result) if isinstance(result, tuple) else [result]
        if not all(isinstance(one, torch.Tensor) or one is None for one in found):
            found = tensors_in(result)
        if index in self._picked:
            self.results[index] = found
        places = call.places if call.places is not None else range(len(outs))
        return [found[place] for place in places]

    def _writes(self, index: int, ins: Sequence[int], outs: Sequence[int]) -> int | None:
        """The value whose tensor the call writes on, if it does."""
        note = self.program.notes.get(index)
        return ins[0] if note in (1, 2) and type(note) is int else None

    def _operands(
        self, index: int, numbers: Sequence[int], ins: Sequence[int], writes: int | None
    ) -> list[Any]:
        used: dict[int, int] = {}
        found = []
        for number in numbers:
            tensor = self.env[number]
            if number != writes and number >= 0:
                # The k-th time that a value is handed over is the k-th edge out of it.
                place = used.get(number, -1) + 1
                while place < len(ins) and ins[place] != number:
                    place += 1
                used[number] = place
                if place < len(ins):
                    tensor = self.instrument.operand(index, place, number, tensor)
            found.append(tensor)
        return found

    # -- events

    def _event(self, event: Backward | Moment) -> None:
        if isinstance(event, Moment):
            if event.measured:
                self.taken.measured(event.values)
            else:
                self.taken.cleared(self.instrument.cleared(event.values))
        else:
            self._backward(event)

    def _backward(self, backward: Backward) -> None:
        roots = [self.env[root] for root in backward.roots]
        self.losses += [root.detach() for root in roots]
        self._backwards += 1
        pairs = [
            (root, None if given is None else given.to(root.dtype))
            for root, given in zip(roots, backward.gradients, strict=True)
            if root.requires_grad
        ]
        if backward.grad or not pairs:
            return  # `autograd.grad` is a record of its own
        inputs = None
        if backward.inputs is not None:
            inputs = [t for i in backward.inputs if (t := self.env.get(i)) is not None]
            inputs = [t for t in inputs if t.requires_grad]
        self.record = -1
        self.instrument.backward(self._backwards)
        torch.autograd.backward(
            [root for root, _ in pairs],
            [given for _, given in pairs],
            retain_graph=backward.retain,
            create_graph=backward.create,
            inputs=inputs,
        )

    # -- how long things are kept

    def _last_uses(
        self, kept: frozenset[int], links: Mapping[int, Sequence[int]]
    ) -> dict[int, list[int]]:
        program = self.program
        last: dict[int, int] = {}
        for index in self.order:
            _, _, _, ins, outs = program.records[index]
            entry = program.call(index)
            if isinstance(entry, Pick):
                self._picked.add(entry.call)
            read = entry.ins if isinstance(entry, Call) else ins[:1]
            for value in (*read, *outs):
                last[value] = index
        stay = kept | program.roots() | {v for sources in links.values() for v in sources}
        for backward in program.backwards:
            stay |= frozenset(backward.inputs or ())
        found: dict[int, list[int]] = {}
        for value, index in last.items():
            if value not in stay:
                found.setdefault(index, []).append(value)
        return found


def _filled(item: Any, tensors: Any) -> Any:
    """An argument with tensors in its holes."""
    if item is HOLE:
        return next(tensors)
    kind = type(item)
    if kind in (list, tuple):
        return kind(_filled(one, tensors) for one in item)
    if kind is dict:
        return {key: _filled(one, tensors) for key, one in item.items()}
    return item


def _short(error: BaseException) -> str:
    text = str(error).strip().split("\n")[0].split(". ")[0]
    return text if len(text) < 120 else text[:117] + "..."
