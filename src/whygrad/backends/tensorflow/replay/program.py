"""A step as it was kept: enough to run it again, or the reason why it cannot be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from whygrad.backends.tensorflow.kinds import FLEETING, spelled
from whygrad.backends.tensorflow.replay.executing import Attributes
from whygrad.backends.tensorflow.replay.widening import is_half
from whygrad.backends.tensorflow.traced.closures import Closure, Joined
from whygrad.backends.tensorflow.traced.graphs import DATASETS, LOOPS
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.ways import Operand
from whygrad.flow.replaying import CannotReplayError

if TYPE_CHECKING:
    from whygrad.backends.tensorflow.freeze import Frozen
    from whygrad.backends.tensorflow.log import Ask, Flat, Record, StepLog

BUDGET: Final = 256 << 20
"""Bytes of what a step read besides weights."""


@dataclass(slots=True)
class Program:
    """Records and values are numbered as in the flat step; values as in its flow graph."""

    flat: Flat
    graph: FlowGraph
    edge_records: Sequence[int]
    """For each edge of the graph, the record that it is of; -1 for what went through Python."""
    met: dict[int, Any]
    """Tensors that no record made, and results that cannot be computed anew, by value."""
    handles: dict[int, Any]
    """For what each variable held when the step first read it, its handle."""
    pinned: dict[int, Any]
    """Copies of it, from before an update."""
    targets: Mapping[int, Any]
    """What gradients were asked of, as it came out, where that is known."""
    unheard: Callable[[], AbstractContextManager[None]]
    scaled_by: int | None = None
    """The factor of a loss-scaling optimizer, where one multiplied the loss."""
    links: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Values that came back from outside, to those that had left."""
    places: dict[int, Operand] = field(default_factory=dict)
    """For each edge, the operand of a record that it stands for."""

    @property
    def records(self) -> list[Record]:
        """What the step did."""
        return self.flat.records

    @property
    def asks(self) -> list[Ask]:
        """Every time that gradients were asked for."""
        return self.flat.asks

    def name(self, record: int) -> str:
        """The op's name, as people write it."""
        return spelled(self.records[record].kind)

    def thing(self, value: int) -> int:
        """What tells the values of one variable from those of others."""
        handle = self.flat.holders.get(value)
        return value if handle is None else -1 - handle

    def asked_things(self, values: Iterable[int]) -> set[int]:
        """Which of these variables a tape was asked about; see `thing`."""
        asked = {self.thing(source) for ask in self.asks for source in ask.sources}
        return {self.thing(value) for value in values} & asked

    def roots(self) -> set[int]:
        """The values that gradients are asked of."""
        return {target for ask in self.asks for target in ask.targets}

    def halves(self) -> bool:
        """Whether anything in it is cast to half precision."""
        casts = (r for r in self.records if r.kind == "Cast")
        found = (Attributes(r.kind, r.attrs).get("DstT") for r in casts)
        return any(is_half(dtype) for dtype in found)

    def reads(self, record: Record) -> list[int]:
        """The values that it takes to run a record again."""
        found = [value for value in record.ins if value >= 0]
        if isinstance(record.attrs, Closure):
            found += record.attrs.needs.values()
        elif isinstance(record.attrs, Joined):
            found += record.attrs.needs
        return found

    def given(self, record: Record) -> bool:
        """Whether what a record gave was kept, and is not computed."""
        # All that it gave was kept at first; what nothing reads may have been let go.
        return any(out in self.met for out in record.outs)

    def order(
        self,
        extra: Collection[int] = (),
        links: Mapping[int, Sequence[int]] | None = None,
        without: Collection[int] = (),
    ) -> list[int]:
        """The records that the roots and `extra` depend on, in order; nothing is needed for the
        values `without`.
        """
        needed = self.roots() | set(extra)
        found = []
        for index in range(len(self.records) - 1, -1, -1):
            record = self.records[index]
            wanted = [out for out in record.outs if out in needed]
            if not wanted:
                continue
            needed.difference_update(wanted)
            if not self.given(record) and not set(wanted) <= set(without):
                needed.update(self.reads(record))
            for out in wanted:
                needed.update((links or {}).get(out, ()))
            found.append(index)
        # What came back from outside was made by no record, and may be linked to one that was.
        left = [source for value in needed for source in (links or {}).get(value, ())]
        if any(source not in needed and source not in extra for source in left):
            return self.order({*extra, *left}, links, without)
        found.reverse()
        return found

    def last_uses(self, order: Sequence[int], stay: Collection[int]) -> dict[int, list[int]]:
        """For each record, the values that nothing reads after it; none of `stay`."""
        last: dict[int, int] = {}
        for index in order:
            record = self.records[index]
            for value in (*self.reads(record), *record.outs):
                last[value] = index
        held = self.roots() | {v for ask in self.asks for v in ask.sources}
        held |= {watch.value for watch in self.flat.watches} | set(stay)
        found: dict[int, list[int]] = {}
        for value, index in last.items():
            if value not in held:
                found.setdefault(index, []).append(value)
        return found

    def read(self, order: Sequence[int]) -> set[int]:
        """The values that those records read and no record made, and such roots."""
        made = {out for index in order for out in self.records[index].outs}
        used = self.roots()
        for index in order:
            if not self.given(self.records[index]):
                used.update(self.reads(self.records[index]))
        return used - made

    def check(self, order: Sequence[int]) -> None:
        """Raise CannotReplayError where something of these records was not kept."""
        if not self.asks:
            raise CannotReplayError("no gradient was asked for in that step")
        for ask in self.asks:
            if not ask.tape:
                raise CannotReplayError("a tape was asked that was entered before it was watched")
            if any(g is not None and not hasattr(g, "_numpy") for g in ask.given or ()):
                raise CannotReplayError("a tape in a traced function was given output gradients")
        for index in order:
            self._check_record(self.records[index])

    def _check_record(self, record: Record) -> None:
        if record.kind in LOOPS | DATASETS and not isinstance(record.attrs, Joined):
            raise CannotReplayError("it loops over a dataset inside of a traced function")
        if record.kind in FLEETING and record.kind != "ReadVariableOp" and not self.given(record):
            name = spelled(record.kind)
            raise CannotReplayError(f"inside of a traced function, `{name}` cannot be run again")

    def known(self, value: int) -> bool:
        """Whether the numbers of a leaf are there."""
        return value in self.met or value in self.pinned or value in self.handles

    def moved(self) -> bool:
        """Whether a weight may no longer be what it was in the step."""
        return not self.pinned.keys() >= self.handles.keys()

    def too_large(self) -> str | None:
        """Why the step cannot be kept: what it read besides weights takes too much memory."""
        size = sum(_size(tensor) for tensor in self.met.values())
        if size > BUDGET:
            return f"what it read besides weights takes {size >> 20} MiB, too much to be kept"
        return None

    def prune(self) -> None:
        """Let go of the tensors that no ask depends on, whatever cuts the way to it."""
        used = self.roots()
        for record in reversed(self.records):
            if not used.isdisjoint(record.outs):
                used.update(self.reads(record))
            for out in used.intersection(record.outs):
                used.update(self.links.get(out, ()))
        for target in [target for target in self.links if target in used]:
            used.update(self._before(self.links[target]))
        for value in [v for v in self.met if v not in used]:
            del self.met[value]

    def _before(self, values: Iterable[int]) -> set[int]:
        """These values, and all that they are made of."""
        used = set(values)
        for record in reversed(self.records):
            if not used.isdisjoint(record.outs):
                used.update(self.reads(record))
        return used


def program_of(
    log: StepLog, frozen: Frozen, unheard: Callable[[], AbstractContextManager[None]]
) -> Program:
    """The step that `frozen` is of."""

    def renamed(table: Mapping[int, Any]) -> dict[int, Any]:
        return {frozen.number(value): tensor for value, tensor in table.items() if value >= 0}

    program = Program(
        frozen.flat,
        frozen.graph,
        frozen.records,
        {**renamed(log.met), **(frozen.flat.met or {})},
        renamed(log.handles),
        renamed(log.pinned),
        renamed(log.targets),
        unheard,
    )
    if program.halves():
        program.scaled_by = _scaled_by(frozen)
    _place(program)
    return program


_SCALING: Final = (
    "/optimizers/loss_scale_optimizer.py",
    "/backend/common/variables.py",
    "/ops/numpy.py",
)
"""Where Keras multiplies a loss by its scale, and by a variable in general."""


def _scaled_by(frozen: Frozen) -> int | None:
    """The factor by which `LossScaleOptimizer.scale_loss` multiplied a root: a variable that no
    tape is asked about, in Keras' own file.
    """
    flat = frozen.flat
    roots = {target for ask in flat.asks for target in ask.targets}
    trained = {flat.holders.get(source) for ask in flat.asks for source in ask.sources}
    made = {out: record for record in flat.records for out in record.outs}
    for root in roots & made.keys():
        record = made[root]
        library = frozen.callsites.sites[record.site].library
        if record.kind != "Mul" or library is None:
            continue
        for factor in record.ins:
            read = made.get(factor)
            while read is not None and read.kind in ("Cast", "Identity"):
                read = made.get(read.ins[0])
            if read is not None and read.kind == "ReadVariableOp":
                own = library.co_filename.replace("\\", "/").endswith(_SCALING)
                if own and flat.holders.get(read.ins[0]) not in trained:
                    return factor
    return None


def _place(program: Program) -> None:
    """Note the operand that each edge stands for, and which values came back from outside."""
    graph = program.graph
    taken: dict[tuple[int, int], int] = {}
    for edge, index in enumerate(program.edge_records):
        source, target = graph.sources[edge], graph.targets[edge]
        if index < 0:
            program.links[target] = (*program.links.get(target, ()), source)
            continue
        ins = program.records[index].ins
        place = taken.get((index, target), 0)
        while ins[place] != source:
            place += 1
        taken[index, target] = place + 1
        program.places[edge] = index, place


def _size(tensor: Any) -> int:
    count = tensor.shape.num_elements() if hasattr(tensor, "shape") else None
    return (count or 0) * int(tensor.dtype.size or 1)
