"""The changes of `flow.replaying`, as an instrument of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch

from whygrad.backends.torch.marks import FORCED_LEAF, OVERWRITE, WRITE
from whygrad.backends.torch.replay.instrument import Instrument
from whygrad.backends.torch.replay.linking import linked
from whygrad.backends.torch.replay.moving import (
    FACTORS,
    LEFT_OUT,
    REVIVED,
    revived,
    revived_factor,
    revived_number,
    safe,
    shifted_leaf,
)
from whygrad.backends.torch.replay.opening import Opening, opening
from whygrad.backends.torch.replay.program import Program
from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.replaying import Change, ChangeKind

_EVEN: Final = frozenset((Kind.NORMALIZATION, Kind.SOFTMAX))
"""These let nothing through of a gradient that is the same for all entries. Where one is left out,
what is handed on in its place must not end at the next one of its kind for that.
"""


class Changed(Instrument):
    """A step with changes. `links` must be there when values are made (see `running.run`)."""

    def __init__(self, program: Program, graph: FlowGraph, changes: Sequence[Change]) -> None:
        self._program = program
        self._graph = graph
        edges = {kind: _of(changes, kind, "edges") for kind in ChangeKind}
        values = {kind: _of(changes, kind, "values") for kind in ChangeKind}
        self.wide = any(change.kind is ChangeKind.WIDEN for change in changes)
        self._opening: Opening = opening(program, graph, edges[ChangeKind.OPEN])
        self._asked, self._flags = _asking_from(program, values[ChangeKind.ASK])
        self._moved = values[ChangeKind.SHIFT]
        self._uncleared = values[ChangeKind.KEEP]
        self._revived = _by_record(graph, edges[ChangeKind.REVIVE])
        self._safe = _by_record(graph, edges[ChangeKind.SAFE])
        self._bypass = _targets(graph, edges[ChangeKind.BYPASS])
        self._left_out = _by_record(graph, edges[ChangeKind.BYPASS]).keys()
        # Where no numbers would help, what arrives is handed on beside what the op gives.
        past = _targets(graph, {e for e in edges[ChangeKind.REVIVE] if not _helps(graph, e)})
        ways = (self._opening.links, self._bypass, past)
        self.links: Mapping[int, Sequence[int]] = {
            target: [source for way in ways for source in way.get(target, ())]
            for target in {target for way in ways for target in way}
        }
        self._sources = {source for sources in self.links.values() for source in sources}
        self._kept: dict[int, Any] = {}

    def clear(self) -> None:
        """Let go of every tensor."""
        self._kept.clear()

    def leaf(self, value: int, tensor: Any) -> Any:
        if value in self._moved:
            asks = tensor.requires_grad
            tensor = shifted_leaf(tensor.detach()).requires_grad_(asks)
        if value in self._asked:
            tensor = self._asking(value, tensor)
        self._keep(value, tensor)
        return tensor

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if record in self._safe and source in self._safe[record]:
            op = self._graph.ops[record]
            tensor = safe(tensor, op.kind, op.name)
        if record in self._revived:
            kind, sources = self._graph.ops[record].kind, self._revived[record]
            if kind in REVIVED and source in sources and tensor.is_floating_point():
                return revived(tensor, kind)
            if kind in FACTORS and (len(sources) > 1 or source not in sources):
                return revived_factor(tensor)
        return tensor

    def call(self, record: int, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        made = self._opening
        if record in self._flags:
            return args[0]
        if record in made.passing:
            return _passed(args[0], in_place=self._writes(record))
        if record in made.lasting:
            kwargs = {**kwargs, "create_graph": True}
        if record in self._left_out and self._writes(record):
            return _kept_open(args[0], func(args[0].detach().clone(), *args[1:], **kwargs))
        if record in self._revived:
            kind = self._graph.ops[record].kind
            if kind in LEFT_OUT:
                return args[0].view_as(args[0])
            if kind in REVIVED and self._writes(record):
                _kept_open(args[0], revived(args[0].detach(), kind))
            if kind in FACTORS:
                args = [revived_number(a) for a in args]
        return func(*args, **kwargs)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        if value in self._bypass:
            tensor = tensor.detach()
        for source in self.links.get(value, ()):
            if source in self._kept:
                uneven = value in self._bypass and self._graph.ops[record].kind in _EVEN
                tensor = linked(tensor, self._kept[source], uneven=uneven)
        if value in self._asked and tensor.is_leaf and tensor.is_floating_point():
            tensor.requires_grad_()
        self._keep(value, tensor)
        return tensor

    def enabled(self, record: int, enabled: bool) -> bool:
        return enabled or record in self._opening.differentiated

    def cleared(self, values: frozenset[int]) -> frozenset[int]:
        return values - self._uncleared

    def hooked(self, value: int) -> bool:
        return value not in self._opening.unhooked

    def _writes(self, record: int) -> bool:
        return type(self._program.notes.get(record)) is int

    def _keep(self, value: int, tensor: Any) -> None:
        if value in self._sources:
            self._kept[value] = tensor

    def _asking(self, value: int, tensor: Any) -> Any:
        if not tensor.is_floating_point() and not tensor.is_complex():
            tensor = tensor.to(torch.get_default_dtype())
        tensor = tensor.detach().requires_grad_()
        # A leaf that asks for gradient cannot be written in place; what it is copied to can.
        return tensor.clone() if value in self._program.saved else tensor


def _asking_from(program: Program, asked: set[int]) -> tuple[set[int], set[int]]:
    """Where the values have got their numbers and are read first: they ask from there on. And the
    calls before that which only say whether they ask.
    """
    current, first, flags = set(asked), set(), set()
    for index, (_, _, _, ins, outs) in enumerate(program.records):
        read = current.intersection(ins)
        if not read:
            continue
        note = program.notes.get(index)
        if type(note) is int and note in (WRITE, OVERWRITE, FORCED_LEAF) and ins[0] in read:
            current.discard(ins[0])
            current.update(outs[:1])
            if note == FORCED_LEAF:
                flags.add(index)
            read.discard(ins[0])
        current -= read
        first |= read
    return first | current, flags


def _kept_open(tensor: Any, wanted: Any) -> Any:
    """Other numbers on the same tensor, for a call that writes on it; gradient passes as it did."""
    return tensor.add_((wanted - tensor).detach())


def _of(changes: Sequence[Change], kind: ChangeKind, what: str) -> set[int]:
    return {n for change in changes if change.kind is kind for n in getattr(change, what)}


def _by_record(graph: FlowGraph, edges: set[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for number in edges:
        edge = graph.edge(number)
        found.setdefault(edge.op, set()).add(edge.source)
    return found


def _helps(graph: FlowGraph, edge: int) -> bool:
    kind = graph.ops[graph.edge_ops[edge]].kind
    return kind in REVIVED or kind in FACTORS or kind in LEFT_OUT


def _targets(graph: FlowGraph, edges: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for number in edges:
        edge = graph.edge(number)
        found.setdefault(edge.target, []).append(edge.source)
    return found


def _passed(tensor: Any, *, in_place: bool) -> Any:
    """What a detach gives when it does not detach. A leaf's own view could not be written on."""
    if in_place:
        return tensor
    if tensor.is_leaf and tensor.requires_grad:
        return linked(tensor.detach(), tensor)
    return tensor.view_as(tensor)
