"""One probe of one step: which runs it takes, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from whygrad.backends.torch.probing import bad as sickness
from whygrad.backends.torch.probing.details import Details
from whygrad.backends.torch.probing.gauge import Gauge, Sizes
from whygrad.backends.torch.probing.noise import Nudged, noisy
from whygrad.backends.torch.probing.ways import places
from whygrad.backends.torch.replay.changes import Changed
from whygrad.backends.torch.replay.instrument import Both, Instrument
from whygrad.backends.torch.replay.program import Program
from whygrad.backends.torch.replay.running import Ran, run
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.around import behind_zeros
from whygrad.flow.measuring.noise import Look
from whygrad.flow.measuring.passing import passed, totals
from whygrad.flow.measuring.probing import Reading, nothing_to_measure, told
from whygrad.flow.measuring.rounding import HALF
from whygrad.flow.measuring.sizes import Size
from whygrad.flow.measuring.ways import Spot, ways
from whygrad.flow.probe import Bad, Passed, Probe
from whygrad.flow.replaying import CannotReplayError
from whygrad.model.report import Gradient


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
    return told(lambda: _Probing(program, graph, sick, nan=nan, changed=changed).probe())


class _Probing(Reading):
    def __init__(
        self,
        program: Program,
        graph: FlowGraph,
        sick: Mapping[int, Gradient],
        *,
        nan: bool,
        changed: Changed | None,
    ) -> None:
        super().__init__(graph, ways(graph, places(graph, program.records), sick), sick)
        self.nan = nan
        self.changed = changed
        self.program = program
        self.sizes = Sizes()

    def probe(self) -> Probe:
        if (nothing := nothing_to_measure(self.ways)) is not None:
            return nothing
        gauge = Gauge(self.graph, self.ways, self.sizes.look)
        ran = self._run(gauge)
        sizes = self.sizes.read()
        met = self.graph, self.ways, gauge.hooked_on, sizes
        edges, sums = passed(*met), totals(*met)
        broken = self._bad(ran.losses, edges, sizes)
        edges, sums = self.without_noise(edges, sums, self.sizes.coarsest, self._noisy)
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

    def _noisy(self, asked: set[Spot]) -> set[Spot]:
        coarsest = self.sizes.coarsest

        def again(look: Look, seed: int) -> None:
            self._run(Nudged(self.graph, self.ways, look, coarsest, seed))

        return noisy(self.sizes, asked, again)

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
        return self.lost(edges, sizes, seen.read())

    def _with_details(self, found: Probe) -> Probe:
        wanted = self.explaining(found)
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
