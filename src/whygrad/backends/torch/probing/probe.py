"""One probe of one step: which runs it takes, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from whygrad.backends.torch.probing import bad as sickness
from whygrad.backends.torch.probing.details import Details
from whygrad.backends.torch.probing.gauge import Gauge, Sizes
from whygrad.backends.torch.probing.noise import Nudged, noisy
from whygrad.backends.torch.probing.ways import places
from whygrad.backends.torch.replay.changes import Changed
from whygrad.backends.torch.replay.instrument import Both, Instrument
from whygrad.backends.torch.replay.program import Program
from whygrad.backends.torch.replay.running import Ran, run
from whygrad.flow.death import deaths
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.around import around, behind_zeros
from whygrad.flow.measuring.first_bad import operands_of
from whygrad.flow.measuring.passing import passed, totals
from whygrad.flow.measuring.rounding import HALF, marked, spread, suspicious
from whygrad.flow.measuring.sizes import Size
from whygrad.flow.measuring.ways import Spot, ways
from whygrad.flow.probe import Bad, Passed, Probe
from whygrad.flow.replaying import CannotReplayError
from whygrad.model.report import Gradient

MOST: Final = 50_000
"""Edges that are measured in one step at most."""


def probe(
    program: Program,
    graph: FlowGraph,
    sick: Mapping[int, Gradient],
    *,
    nan: bool = False,
    changed: Changed | None = None,
) -> Probe:
    """Measure the ways of the variables whose values are `sick`, and why they look so; also why
    the loss is `nan`. With `changed`, of the step as it is then.

    It never raises: what could not be measured is a probe that says why.
    """
    try:
        return _Probing(program, graph, sick, nan=nan, changed=changed).probe()
    except CannotReplayError as error:
        return Probe(failed=str(error))
    except Exception as error:
        return Probe(failed=f"measuring failed: {type(error).__name__}: {error}")


class _Probing:
    def __init__(
        self,
        program: Program,
        graph: FlowGraph,
        sick: Mapping[int, Gradient],
        *,
        nan: bool,
        changed: Changed | None,
    ) -> None:
        self.nan = nan
        self.changed = changed
        self.program = program
        self.graph = graph
        self.sick = sick
        self.ways = ways(graph, places(graph, program.records), sick)
        self.sizes = Sizes()

    def probe(self) -> Probe:
        if not self.ways.edges:
            return Probe()
        if len(self.ways.edges) > MOST:
            return Probe(failed=f"there are more than {MOST:,} ops to measure in it")
        gauge = Gauge(self.graph, self.ways, self.sizes.look)
        ran = self._run(gauge)
        sizes = self.sizes.read()
        met = self.graph, self.ways, gauge.hooked_on, sizes
        edges, sums = passed(*met), totals(*met)
        broken = self._bad(ran.losses, edges, sizes)
        edges, sums = self._with_noise(edges, sums)
        flushed, wider = self._wider(edges, sizes)
        found = Probe(
            edges, sums, bad=broken, flushed=flushed, wider=wider,
            measured=len(self.graph.targets), deaf=self._deaf(gauge),
        )  # fmt: skip
        return self._with_details(found)

    def _deaf(self, gauge: Gauge) -> frozenset[int]:
        return frozenset(e for e, operand in self.ways.edges.items() if operand in gauge.deaf)

    def _bad(
        self, losses: Iterable[Any], edges: Mapping[int, Passed], sizes: Mapping[Spot, Size]
    ) -> Bad | None:
        if not (self.nan or {Gradient.NAN, Gradient.INF} & set(self.sick.values())):
            return None
        if not sickness.is_finite(losses):
            return sickness.in_forward(self.graph, self._run)
        return sickness.on_the_way_back(self.graph, self.ways, edges, sizes, self._run)

    def _run(self, instrument: Instrument) -> Ran:
        if self.changed is None:
            return run(self.program, instrument)
        both = Both(self.changed, instrument)
        return run(self.program, both, (), self.changed.links)

    def _with_noise(
        self, edges: dict[int, Passed], sums: dict[int, Passed]
    ) -> tuple[dict[int, Passed], dict[int, Passed]]:
        coarsest = self.sizes.coarsest
        spots: dict[int, Spot] = {e: self._spot(e) for e in suspicious(edges, coarsest)}
        doubtful = suspicious(sums, coarsest)
        asked = {*spots.values(), *doubtful}
        if not asked:
            return edges, sums

        def again(look: Callable[[Spot, Any], None], seed: int) -> None:
            self._run(Nudged(self.graph, self.ways, look, coarsest, seed))

        noise = noisy(self.sizes, asked, again)
        edges = {e: marked(one, spots.get(e) in noise) for e, one in edges.items()}
        sums = {v: marked(one, v in noise) for v, one in sums.items()}
        spread(self.graph, edges, sums)
        return edges, sums

    def _spot(self, edge: int) -> Spot:
        return self.ways.spot(self.graph, edge)

    def _wider(
        self, edges: Mapping[int, Passed], sizes: Mapping[Spot, Size]
    ) -> tuple[dict[int, float], dict[int, float]]:
        """What the step loses to half precision."""
        if self.sizes.coarsest < HALF:
            return {}, {}
        seen = Sizes()
        gauge = Gauge(self.graph, self.ways, seen.look)
        gauge.wide = True
        try:
            self._run(gauge)
        except CannotReplayError:
            return {}, {}
        other = seen.read()
        flushed: dict[int, float] = {}
        for edge in edges:
            before, after = sizes.get(self._spot(edge)), other.get(self._spot(edge))
            if before is not None and after is not None and before.zeros > after.zeros:
                flushed[edge] = (before.zeros - after.zeros) / max(1, before.entries)
        wider = {value: other[value].norm for value in self.sick if value in other}
        return flushed, wider

    def _with_details(self, found: Probe) -> Probe:
        died = {
            edge
            for one in deaths(self.graph, found, self.sick).values()
            for death in one
            for edge in death.edges
        }
        wanted = around(self.graph, died) | operands_of((found.bad,), self.graph)
        if not wanted:
            return found
        details = Details(self.graph, self.ways, self.program.call, wanted)
        self._run(details)
        numbers = details.numbers()
        if beyond := behind_zeros(self.graph, numbers):
            further = Details(self.graph, self.ways, self.program.call, beyond)
            self._run(further)
            numbers |= further.numbers()
        return Probe(
            found.edges, found.totals, numbers, details.axis, details.units(),
            found.bad, found.flushed, found.wider, found.measured,
            found.deaf,
        )  # fmt: skip
