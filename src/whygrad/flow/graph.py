"""The flow graph of one step: values, the ops between them, and where gradient cannot pass.

Data flows from source to target, gradient from target to source. The barrier sits on the
edge, not on the op: `where(cond, a, b)` carries gradient to `a` and `b` and none to `cond`.

The graph is kept in parallel arrays, since a step of a large model has a million edges.
Values are numbered in the order in which they came to be, so every edge goes from a lower
number to a higher one: the numbering is a topological order, and walks are plain loops.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from whygrad.flow.kinds import Kind
from whygrad.model.source import SourceLocation


class Barrier(IntEnum):
    """Why no gradient passes an edge. `NONE` also for a source that merely does not ask for one.

    An edge has a barrier when gradient would not reach its source even if everything on the
    source's side required gradient. Where autograd itself showed that a source which required
    gradient got no way back, and no other member says why, it is `UNEXPLAINED`.
    """

    NONE = 0
    DETACHED = 1
    GRAD_DISABLED = 2
    LEFT_FRAMEWORK = 3
    REWRAPPED = 4
    NOT_DIFFERENTIABLE = 5
    INTEGER = 6
    CUSTOM_GRADIENT = 7
    UNEXPLAINED = 8


class Region(NamedTuple):
    """A stretch of the program in which no gradient is recorded, e.g. `with torch.no_grad():`."""

    kind: str
    place: SourceLocation | None


class Op(NamedTuple):
    """One call of the framework. `detail` is a word for people where the name says too little."""

    name: str
    place: SourceLocation | None
    region: Region | None = None
    detail: str | None = None
    back: SourceLocation | None = None
    """Where data that left the framework came back to it."""
    kind: Kind = Kind.OTHER


class Edge(NamedTuple):
    """One edge, made on demand from the arrays. `number` is its place in them."""

    number: int
    source: int
    target: int
    op: int
    barrier: Barrier
    inferred: bool


@dataclass(slots=True)
class FlowGraph:
    """One step. `losses` are the values that gradient was asked of (the roots of backward)."""

    value_count: int = 0
    ops: list[Op] = field(default_factory=list)
    sources: array[int] = field(default_factory=lambda: array("l"))
    targets: array[int] = field(default_factory=lambda: array("l"))
    edge_ops: array[int] = field(default_factory=lambda: array("l"))
    barriers: bytearray = field(default_factory=bytearray)
    inferred: bytearray = field(default_factory=bytearray)
    """1 where the edge was not seen but concluded, e.g. through a Python number."""
    losses: tuple[int, ...] = ()
    complete: bool = True
    """False where recording had to stop or something in this step could not be seen."""
    _into: tuple[array[int], array[int]] | None = None
    _out: tuple[array[int], array[int]] | None = None

    def add_value(self) -> int:
        """Number a new value."""
        self.value_count += 1
        return self.value_count - 1

    def add_op(self, op: Op) -> int:
        """Keep an op; its edges are added after it."""
        self.ops.append(op)
        return len(self.ops) - 1

    def add_edge(
        self,
        source: int,
        target: int,
        op: int,
        barrier: Barrier = Barrier.NONE,
        *,
        inferred: bool = False,
    ) -> int:
        """`target` was computed from `source` by `op`."""
        if source >= target:
            raise ValueError(f"an edge must go to a later value, not {source} -> {target}")
        self.sources.append(source)
        self.targets.append(target)
        self.edge_ops.append(op)
        self.barriers.append(barrier)
        self.inferred.append(inferred)
        self._into = self._out = None
        return len(self.sources) - 1

    def edge(self, index: int) -> Edge:
        """Give edge `index` as a tuple with names."""
        return Edge(
            index,
            self.sources[index],
            self.targets[index],
            self.edge_ops[index],
            Barrier(self.barriers[index]),
            bool(self.inferred[index]),
        )

    def into(self, value: int) -> Sequence[int]:
        """Indices of the edges that end in `value`."""
        starts, order = self.incoming()
        return order[starts[value] : starts[value + 1]]

    def out_of(self, value: int) -> Sequence[int]:
        """Indices of the edges that leave `value`."""
        starts, order = self.outgoing()
        return order[starts[value] : starts[value + 1]]

    def edges(self) -> Iterator[Edge]:
        """Every edge, in the order in which it was recorded."""
        return (self.edge(i) for i in range(len(self.sources)))

    def incoming(self) -> tuple[array[int], array[int]]:
        """For tight loops: where each value's edges start, and edge indices grouped by target."""
        if self._into is None:
            self._into = _grouped(self.targets, self.value_count)
        return self._into

    def outgoing(self) -> tuple[array[int], array[int]]:
        """The same, grouped by source."""
        if self._out is None:
            self._out = _grouped(self.sources, self.value_count)
        return self._out


def _grouped(keys: array[int], groups: int) -> tuple[array[int], array[int]]:
    """Edge indices sorted by key in linear time: where each group starts, and the indices."""
    counts = [0] * (groups + 1)
    for key in keys:
        counts[key + 1] += 1
    for i in range(groups):
        counts[i + 1] += counts[i]
    starts = array("l", counts)
    order = array("l", bytes(starts.itemsize * len(keys)))
    for index, key in enumerate(keys):
        order[counts[key]] = index
        counts[key] += 1
    return starts, order
