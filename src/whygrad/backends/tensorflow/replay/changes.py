"""The changes of `flow.replaying`, as an instrument of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from whygrad.backends.tensorflow.replay.instrument import Instrument
from whygrad.backends.tensorflow.replay.linking import cut, identity, linked
from whygrad.backends.tensorflow.replay.moving import (
    FACTORS,
    LEFT_OUT,
    REVIVED,
    revived,
    revived_factor,
    safe,
    shifted,
)
from whygrad.backends.tensorflow.replay.opening import Opening, opening
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.replaying import Change, ChangeKind

ALL = -1
"""Bits of all tapes."""


class Changed(Instrument):
    """A step with changes. `links` must be there when values are made (see `running.run`)."""

    def __init__(self, program: Program, changes: Sequence[Change]) -> None:
        self._program = program
        graph = program.graph
        edges = {kind: _of(changes, kind, "edges") for kind in ChangeKind}
        values = {kind: _of(changes, kind, "values") for kind in ChangeKind}
        self.wide = any(change.kind is ChangeKind.WIDEN for change in changes)
        self._opening: Opening = opening(program, edges[ChangeKind.OPEN])
        self._asked = values[ChangeKind.ASK] | self._opening.watched
        self._shifted = values[ChangeKind.SHIFT]
        self._revived = _by_record(program, edges[ChangeKind.REVIVE])
        self._safe = _by_record(program, edges[ChangeKind.SAFE])
        self._bypass = _targets(graph, edges[ChangeKind.BYPASS])
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

    def asks_of(self, value: int) -> bool:
        return value in self._asked

    def leaf(self, value: int, tensor: Any) -> Any:
        if value in self._shifted:
            tensor = shifted(tensor)
        return self._joined(value, tensor)

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        if record in self._safe and source in self._safe[record]:
            tensor = safe(tensor, self._kind(record))
        if record in self._revived:
            kind, sources = self._kind(record), self._revived[record]
            if kind in REVIVED and source in sources:
                return revived(tensor, kind)
            if kind in FACTORS and (len(sources) > 1 or source not in sources):
                return revived_factor(tensor)
        return tensor

    def call(
        self, record: int, inputs: list[Any], run: Callable[[list[Any]], Sequence[Any]]
    ) -> Sequence[Any]:
        if record in self._revived and self._kind(record) in LEFT_OUT:
            return [identity(inputs[0])]
        return run(inputs)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        if value in self._bypass:
            tensor = cut(tensor)
        return self._joined(value, tensor)

    def taped(self, record: int, tapes: int) -> int:
        if record < 0:  # a tape is asked
            return ALL if self._opening.lasting else tapes
        return ALL if record in self._opening.taped else tapes

    def _joined(self, value: int, tensor: Any) -> Any:
        for source in self.links.get(value, ()):
            if source in self._kept:
                tensor = linked(tensor, self._kept[source])
        if value in self._sources:
            self._kept[value] = tensor
        return tensor

    def _kind(self, record: int) -> Kind:
        from whygrad.backends.tensorflow.kinds import kind_of

        return kind_of(self._program.records[record].kind)


def _of(changes: Sequence[Change], kind: ChangeKind, what: str) -> set[int]:
    return {n for change in changes if change.kind is kind for n in getattr(change, what)}


def _by_record(program: Program, edges: set[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for number in edges:
        if program.edge_records[number] >= 0:
            sources = found.setdefault(program.edge_records[number], set())
            sources.add(program.graph.sources[number])
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
