"""Where a gradient that has a whole way to a variable dies on it: zero, noise, or taken away.

The walk is `trace`'s, over what a probe measured instead of over barriers: an edge carries when
it has no barrier and what passed it is neither zero nor rounding error. What turns up as the
front is then not a cut but a *death*: an op at which gradient arrives and from which none goes on.
A value whose ways carry and cancel (`x - x`) ends the walk as well: there its ways part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from whygrad.flow.graph import Edge, FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Passed, Probe
from whygrad.flow.trace import Verdict, falling, feeding, front, reason, trace, walk_back


class How(Enum):
    """What became of the gradient."""

    ZERO = "zero"
    """Exactly zero went on."""
    NOISE = "noise"
    """Rounding error went on, where exact arithmetic would give zero."""
    CANCELLED = "cancelled"
    """Gradient went on along each way, and the ways add up to nothing at the value they left."""


@dataclass(frozen=True, slots=True)
class Death:
    """One line (one op, or the same op called several times) at which gradient died in a step."""

    step: int
    edges: tuple[int, ...]
    """All on which it died, most downstream first; `edges[0]` is the one to tell of."""
    how: How
    arrived: float
    """Norm of what came to the op on `edges[0]`; of a cancelled value, its ways' norms added up."""
    passed: float
    """Norm of what went on to the source; of a cancelled value, of all ways together."""
    spared: bool
    """Another operand of the same op, itself made of some variable, does get gradient: a weight
    beside a bias, a LoRA factor that is zero beside its partner, the bias of a normalisation.
    """
    symmetric: bool
    """The op itself lets gradient through, and what arrives adds up to nothing in the direction of
    the source: a bias before a batch norm, an attention key's bias, the last bias before a
    difference. Nothing can be learned there and nothing is lost: a note.
    """
    because: int | None
    """Of a symmetric or cancelled one, the op downstream that makes it so: the normalisation or
    softmax that takes no notice of a shift, the difference in which two ways meet. Else None.
    """
    values: frozenset[int]
    """Values of the asked variables that lie before it."""

    @property
    def edge(self) -> int:
        """The most downstream of its edges."""
        return self.edges[0]


LINEAR: Final = frozenset(
    (Kind.SUM, Kind.DIFFERENCE, Kind.CONTRACTION, Kind.LOOKUP, Kind.REDUCTION, Kind.OTHER)
)
"""Ops that pass on what arrives whatever their operand holds, so that only a sum can be zero."""

_SCALED: Final = LINEAR | {Kind.PRODUCT, Kind.DIVISION, Kind.SELECTION}
"""Noise out of these comes from what arrived, not from the op."""

_SHIFTED: Final = frozenset((Kind.NORMALIZATION, Kind.SOFTMAX))
_MEETING: Final = frozenset((Kind.DIFFERENCE, Kind.ROOT, Kind.LOSS))


def deaths(
    graph: FlowGraph, probe: Probe, values: Iterable[int], step: int = 0
) -> Mapping[int, tuple[Death, ...]]:
    """For each of `values` that nothing but zero or noise comes back to, where it died, most
    downstream first. A value that gets gradient, that has no whole way, or on whose ways too
    little was measured to say, is absent.
    """
    if probe.failed is not None or not probe.edges:
        return {}
    values = tuple(values)
    if probe.parts:
        told: dict[int, tuple[Death, ...]] = {}
        for part in reversed(probe.parts):
            told |= _deaths(graph, part, values, step)
        return told
    return _deaths(graph, probe, values, step)


def _deaths(
    graph: FlowGraph, probe: Probe, values: Sequence[int], step: int
) -> dict[int, tuple[Death, ...]]:
    walk = _Walk(graph, probe, values, step)
    whole = trace(graph, values)
    asked = [
        value
        for value, traced in whole.items()
        if traced.verdict is Verdict.WHOLE
        and not probe.edges.keys().isdisjoint(graph.out_of(value))
    ]
    found = trace(graph, asked, walk.carries, walk.place)
    dead = {v: t.front for v, t in found.items() if t.verdict is Verdict.CUT}
    if not dead:
        return {}
    places: dict[object, set[int]] = {}
    for value, edges in dead.items():
        for edge in edges:
            if not graph.barriers[edge] and edge <= walk.last and edge not in probe.deaf:
                places.setdefault(walk.place(edge), set()).add(value)
    told = dict(walk.told(places))
    return {
        value: tuple(told[key] for key in dict.fromkeys(map(walk.place, edges)) if key in told)
        for value, edges in dead.items()
    }


def gone(passed: Passed) -> bool:
    """Whether nothing that means anything went on."""
    return passed.passed == 0.0 or passed.noise


class _Walk:
    """One step's measured edges, as `trace` asks for them."""

    def __init__(self, graph: FlowGraph, probe: Probe, values: Iterable[int], step: int) -> None:
        self.graph = graph
        self.probe = probe
        self.step = step
        self.last = max(probe.measured - 1, *probe.edges)
        self.cancelled = self._cancelled()
        self._reached = bytearray()
        self._learned = self._after_any(values)

    def carries(self, edge: int) -> bool:
        """An edge that was not measured is taken to carry: nothing is said without a number. Those
        that came after the update was measured did not: a critic's part in the generator's loss.
        """
        graph = self.graph
        if graph.barriers[edge] or graph.sources[edge] in self.cancelled:
            return False
        if edge in self.probe.deaf:
            return False
        passed = self.probe.edges.get(edge)
        return edge <= self.last if passed is None else not gone(passed)

    def place(self, edge: int) -> object:
        """What makes one death of several edges: the value at which ways part, or the line.

        A bias and an input that die on one line do so for different reasons: what an op works
        on is its first operand.
        """
        graph = self.graph
        source = graph.sources[edge]
        if graph.barriers[edge]:
            return reason(graph, graph.edge(edge))
        if source in self.cancelled:
            return source
        first = graph.into(graph.targets[edge])[0] == edge
        measured = edge <= self.last and edge not in self.probe.deaf
        return reason(graph, graph.edge(edge)), first, measured, self._symmetric(edge)

    def told(self, places: Mapping[object, set[int]]) -> Iterator[tuple[object, Death]]:
        """A death for each of the places on the front."""
        graph = self.graph
        feeds, reached = walk_back(graph, self.carries)
        self._reached = reached
        groups: dict[object, list[int]] = {}
        for edge in front(graph, feeds, reached):
            key = self.place(edge)
            if key in places and not graph.barriers[edge]:
                groups.setdefault(key, []).append(edge)
        for key, edges in groups.items():
            yield key, self._death(tuple(edges), frozenset(places[key]))

    def _after_any(self, values: Iterable[int]) -> bytearray:
        """What is made of any of the values, themselves included; 1 for yes."""
        graph = self.graph
        found = bytearray(graph.value_count)
        for value in values:
            found[value] = 1
        for edge in reversed(falling(graph)):
            if found[graph.sources[edge]]:
                found[graph.targets[edge]] = 1
        return found

    def _cancelled(self) -> frozenset[int]:
        """Values whose ways carry and come to nothing together, though each may be large."""
        probe, graph = self.probe, self.graph
        found = {value for value, total in probe.totals.items() if gone(total)}
        losses = set(graph.losses)
        # Nothing arrived where a way was alive: it cancelled there, measured or not.
        for edge, passed in probe.edges.items():
            if passed.arrived == 0.0 and graph.targets[edge] not in losses:
                found.add(graph.targets[edge])
        alive = set()
        for edge, passed in probe.edges.items():
            if not gone(passed):
                alive.add(graph.sources[edge])
        return frozenset(found & alive)

    def _death(self, edges: tuple[int, ...], values: frozenset[int]) -> Death:
        edge = self.graph.edge(edges[0])
        spared = self._spared(edges)
        if edge.source in self.cancelled:
            total = self.probe.totals.get(edge.source, Passed(self._arrived(edge), 0.0))
            return Death(
                self.step, edges, How.CANCELLED, total.arrived, total.passed, spared,
                symmetric=spared, because=self._meeting(edge.source), values=values,
            )  # fmt: skip
        passed = self.probe.edges.get(edge.number, Passed(0.0, 0.0))
        how = How.NOISE if passed.noise and passed.passed else How.ZERO
        symmetric = self._symmetric(edge.number)
        because = self._shifted(edge.target) if symmetric else None
        return Death(
            self.step, edges, how, passed.arrived, passed.passed, spared,
            symmetric, because, values,
        )  # fmt: skip

    def _spared(self, edges: tuple[int, ...]) -> bool:
        """Whether another operand of the op gets gradient; of a cancelled value, of any of its ops.

        What came of a cancelled value itself (`x / x.sum()`) is no operand beside it.
        """
        graph = self.graph
        source = graph.sources[edges[0]]
        cancelled = source in self.cancelled
        own = feeding(graph, [source]) if cancelled else bytearray(graph.value_count)
        return any(
            self._reached[beside] and self._learned[beside] and not own[beside]
            for edge in (edges if cancelled else edges[:1])
            for other in graph.into(graph.targets[edge])
            if graph.edge_ops[other] == graph.edge_ops[edge] and other not in edges
            for beside in (graph.sources[other],)
        )

    def _arrived(self, edge: Edge) -> float:
        found = (self.probe.edges.get(e) for e in self.graph.out_of(edge.source))
        return sum(one.passed for one in found if one is not None)

    def _symmetric(self, edge: int) -> bool:
        """Whether the op passes on what arrives, and only its sum over entries is nothing."""
        graph, probe = self.graph, self.probe
        kind = graph.ops[graph.edge_ops[edge]].kind
        passed = probe.edges.get(edge)
        noise = passed is not None and passed.noise and passed.passed != 0.0
        if kind not in (_SCALED if noise else LINEAR) or edge in probe.flushed:
            return False
        for other in graph.into(graph.targets[edge]):
            numbers = probe.numbers.get(graph.sources[other])
            if other != edge and numbers is not None and numbers.zeros == numbers.count:
                return False
        return True

    def _meeting(self, value: int) -> int | None:
        """The first op at which two of the ways out of a value meet again."""
        owner: dict[int, int] = {}
        graph = self.graph
        for edge in graph.out_of(value):
            if self._onward(edge):
                if graph.targets[edge] in owner:
                    return graph.edge_ops[edge]
                owner[graph.targets[edge]] = edge
        for target, edges in self._after(min(owner, default=graph.value_count)):
            own = [edge for edge in edges if graph.sources[edge] in owner]
            ways = {owner[graph.sources[edge]] for edge in own}
            if target in owner:
                ways.add(owner[target])
            if len(ways) > 1:
                return graph.edge_ops[own[-1]]
            if ways:
                owner[target] = ways.pop()
        return None

    def _shifted(self, start: int) -> int | None:
        """The next op after a value that takes no notice of a shift of it."""
        graph = self.graph
        seen = {start}
        loss: int | None = None
        for target, edges in self._after(start):
            edges = [edge for edge in edges if graph.sources[edge] in seen]
            if not edges:
                continue
            seen.add(target)
            kind = graph.ops[graph.edge_ops[edges[0]]].kind
            if kind in _SHIFTED or (kind in _MEETING and len(edges) > 1):
                return graph.edge_ops[edges[0]]
            if kind is Kind.LOSS and loss is None:
                loss = graph.edge_ops[edges[0]]
        return loss

    def _after(self, start: int) -> Iterator[tuple[int, list[int]]]:
        """Later values with the edges into each along which gradient came, in rising order."""
        graph = self.graph
        for target in range(start + 1, graph.value_count):
            if self._reached[target]:
                edges = [edge for edge in graph.into(target) if self._onward(edge)]
                if edges:
                    yield target, edges

    def _onward(self, edge: int) -> bool:
        """Whether gradient came along an edge, be it only to cancel at the source."""
        passed = self.probe.edges.get(edge)
        alive = passed is None or not gone(passed)
        return bool(not self.graph.barriers[edge] and alive and self._reached[self._target(edge)])

    def _target(self, edge: int) -> int:
        return self.graph.targets[edge]
