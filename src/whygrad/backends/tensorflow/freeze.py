"""From a step's records to a neutral flow graph: which edge carries, and if not, why.

Several tapes may have looked on, and each recorded what ran while it was on. An edge carries where
some tape that was asked recorded the op and has a gradient for its result; that is known only when
the edges are walked from the losses back.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from whygrad.backends.tensorflow.barriers import barrier_of, reads_no_numbers
from whygrad.backends.tensorflow.kinds import kind_of, spelled, writes
from whygrad.backends.tensorflow.log import Flat, Phase, Record, StepLog
from whygrad.flow.graph import Barrier, FlowGraph, Op, Region
from whygrad.flow.trace import falling
from whygrad.model.source import SourceLocation
from whygrad.runtime.callsite import Callsites
from whygrad.runtime.leaving import Link

UNWATCHED = "the tape does not watch it"
EVERY = -1
"""Bits of all tapes."""


class Frozen:
    """One step's graph."""

    def __init__(self, flat: Flat, callsites: Callsites, losses: Iterable[int] = ()) -> None:
        self.flat = flat
        self.callsites = callsites
        self.graph = FlowGraph(value_count=flat.value_count)
        self._ops: dict[tuple[str, int, str | None], Op] = {}
        self.records = array("l")
        """For each edge, the record that it is of; -1 for what went through Python."""
        self._masks: list[int] = []
        """For each edge, the tapes that recorded it."""
        self._roots: dict[int, int] = {}
        for ask in flat.asks:
            for target in ask.targets:
                self._roots[target] = self._roots.get(target, 0) | ask.tape
        for loss in losses:
            self._roots[self.number(loss)] = EVERY

    def number(self, value: int) -> int:
        """What a value of the log is called in the graph."""
        return value if self.flat.numbers is None else self.flat.numbers[value]

    def build(self, links: Iterable[Link] = ()) -> FlowGraph:
        """Give the graph of everything in the log, and of what went through Python."""
        graph = self.graph
        graph.losses = tuple(self._roots)
        unwatched = _Unwatched(self.flat)
        for index, record in enumerate(self.flat.records):
            if record.phase is not Phase.UPDATE and not reads_no_numbers(record.kind):
                self._edges(index, record, unwatched)
        graph.inferred = bytearray(len(graph.sources))
        for link in links:
            self._link(link)
        self._untaped()
        return graph

    def _link(self, link: Link) -> None:
        left, came = link.left, link.came
        place = self.callsites.resolve(left.site, left.how.rpartition(".")[2])
        back = self.callsites.resolve(came.site, came.how.rpartition(".")[2])
        detail = f"comes back through `{came.how}`" + (f" at {back}" if back else "")
        op = self.graph.add_op(Op(left.how, place, None, detail, back))
        source, target = self.number(left.value), self.number(came.value)
        if source < target:
            self.graph.add_edge(source, target, op, Barrier.LEFT_FRAMEWORK, inferred=True)
            self._masks.append(EVERY)
            self.records.append(-1)

    def _edges(self, index: int, record: Record, unwatched: _Unwatched) -> None:
        graph = self.graph
        op = graph.add_op(self._op(record))
        floats = self.flat.floats
        written = writes(record.kind)
        lost = record.detail.lost() if _is_custom(record) else None
        for place, out in enumerate(record.outs):
            if out < 0:
                continue
            floating = bool(record.floating >> place & 1)
            for position, source in enumerate(record.ins):
                if source < 0:
                    continue
                mask = record.tapes
                barrier = Barrier.NONE
                if written and position == 0:
                    # A variable keeps its identity whatever is written on it.
                    mask = EVERY
                elif not floats[source]:
                    # Whatever made the integer already cut the gradient; the cut belongs there.
                    mask = EVERY
                elif written:
                    barrier = Barrier.REWRAPPED
                elif lost is not None:
                    if position in lost or position >= len(record.detail.sources):
                        barrier = Barrier.CUSTOM_GRADIENT
                else:
                    barrier = barrier_of(record.kind, position, place, floating)
                if source in unwatched.doubtful:
                    mask &= ~unwatched.of(source, index)
                graph.sources.append(source)
                graph.targets.append(out)
                graph.edge_ops.append(op)
                graph.barriers.append(barrier)
                self.records.append(index)
                self._masks.append(mask)

    def _op(self, record: Record) -> Op:
        detail = record.detail.detail() if _is_custom(record) else None
        key = (record.kind, record.site, detail)
        op = self._ops.get(key)
        if op is None:
            name = spelled(record.kind)
            place = self.callsites.resolve(record.site, name.rpartition(".")[2])
            op = self._ops[key] = Op(name, place, None, detail, kind=kind_of(record.kind))
        return op

    def _region(self, number: int) -> Region | None:
        if not number:
            return None
        kind, site = self.flat.regions[number]
        return Region(kind, self.callsites.resolve(site, kind))

    def _untaped(self) -> None:
        """Cut the edges that no tape which has a gradient for their target has recorded."""
        graph = self.graph
        sources, targets, barriers = graph.sources, graph.targets, graph.barriers
        arrives = [0] * graph.value_count
        would = [0] * graph.value_count
        for value, bits in self._roots.items():
            arrives[value] = would[value] = bits
        for edge in falling(graph):
            target, source = targets[edge], sources[edge]
            asking = would[target]
            would[source] |= asking
            if barriers[edge]:
                continue
            mask = self._masks[edge]
            # Behind a cut there is nothing to carry, and yet it matters whether it would.
            bits = (arrives[target] or asking or EVERY) & mask
            if not bits:
                barriers[edge] = Barrier.GRAD_DISABLED
                self._explain(edge, asking)
            elif arrives[target]:
                arrives[source] |= bits

    def _explain(self, edge: int, asking: int) -> None:
        """Say what an op that no tape recorded has to do with the tapes."""
        graph = self.graph
        number = graph.edge_ops[edge]
        op = graph.ops[number]
        record = self.flat.records[self.records[edge]]
        if op.detail is None and op.region is None:
            detail = self._outside(self.records[edge], record, asking)
            op = op._replace(detail=detail)
            if detail == UNWATCHED:
                # The tape was asked for it all the same: that line is at odds with itself.
                op = op._replace(place=self._asked_at(asking) or op.place)
            elif not record.tapes & asking:
                op = op._replace(region=self._region(record.region))
            graph.ops[number] = op

    def _asked_at(self, asking: int) -> SourceLocation | None:
        """Where the first of these tapes was asked."""
        sites = [ask.site for ask in self.flat.asks if ask.tape & asking]
        return self.callsites.resolve(sites[0]) if sites else None

    def _outside(self, index: int, record: Record, asking: int) -> str | None:
        if record.kind == "tape.gradient":
            return "gradients of gradients need a second tape around the first"
        if record.tapes & asking:
            return UNWATCHED
        if record.region:
            return None
        begins = [t.at for bit, t in self.flat.tapes.items() if bit & asking]
        if not begins:
            return "it ran outside of every tape"
        if index < min(begins):
            return "it ran before the tape was entered"
        return "it ran after the tape"


class _Unwatched:
    """Reads of variables and tensors that a tape did not watch, or not yet."""

    def __init__(self, flat: Flat) -> None:
        self._flat = flat
        self._choosy = 0
        for bit, tape in flat.tapes.items():
            if not tape.automatic:
                self._choosy |= bit
        self._since: dict[tuple[int, int], int] = {}
        """From which record on a tape watches something; a handle's id is kept as negative."""
        leaves: set[int] = set()
        for watch in flat.watches:
            thing = -1 - flat.holders[watch.value] if watch.variable else watch.value
            self._since.setdefault((watch.tape, thing), watch.at)
            if not watch.variable:
                leaves.add(watch.value)
        self._tapes = 0
        for ask in flat.asks:
            self._tapes |= ask.tape
            leaves.update(source for source in ask.sources if source not in flat.holders)
        self._knowing = {
            out: record.tapes for record in flat.records for out in record.outs if out in leaves
        }
        """The tapes that know an asked value unwatched, since they recorded what made it."""
        self.doubtful = leaves | (set(flat.holders) if self._choosy else set())

    def of(self, source: int, index: int) -> int:
        """The bits of the tapes that did not watch `source` when record `index` read it."""
        handle = self._flat.holders.get(source)
        if handle is None:
            return self._without(self._tapes & ~self._knowing.get(source, 0), source, index)
        return self._without(self._choosy, -1 - handle, index)

    def _without(self, bits: int, thing: int, index: int) -> int:
        found = 0
        while bits:
            bit = bits & -bits
            bits ^= bit
            if self._since.get((bit, thing), index + 1) > index:
                found |= bit
        return found


def as_it_is(log: StepLog) -> Flat:
    """A step in which no traced function was called."""
    records = [record for record in log.records if isinstance(record, Record)]
    told = log.asks, log.tapes, log.watches, log.regions
    return Flat(records, log.count, log.floats, log.holders, *told)


def _is_custom(record: Record) -> bool:
    return record.detail is not None and record.kind.startswith("custom_gradient ")
