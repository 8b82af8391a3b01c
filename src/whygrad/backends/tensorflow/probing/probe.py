"""One probe of one step: which runs it takes, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from whygrad.backends.tensorflow.probing import bad as sickness
from whygrad.backends.tensorflow.probing.details import Details
from whygrad.backends.tensorflow.probing.gauge import Gauge, Sizes
from whygrad.backends.tensorflow.probing.noise import Nudged, noisy
from whygrad.backends.tensorflow.replay.changes import Changed
from whygrad.backends.tensorflow.replay.instrument import Both
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.backends.tensorflow.replay.running import run
from whygrad.flow.measuring.around import behind_zeros
from whygrad.flow.measuring.noise import Look
from whygrad.flow.measuring.passing import passed, totals
from whygrad.flow.measuring.probing import Reading, nothing_to_measure, told
from whygrad.flow.measuring.rounding import HALF
from whygrad.flow.measuring.ways import Spot, ways
from whygrad.flow.probe import Bad, Passed, Probe
from whygrad.flow.replaying import CannotReplayError
from whygrad.model.report import Gradient


def probe(
    program: Program,
    sick: Mapping[int, Gradient],
    *,
    nan: bool = False,
    changed: Changed | None = None,
) -> Probe:
    """Measure the ways of the variables whose values are `sick`, and why they look so; also why
    the loss is `nan`. With `changed`, of the step as it is then.

    It never raises: what could not be measured is a probe that says why.
    """
    return told(lambda: _Probing(program, sick, nan, changed).probe())


class _Probing(Reading):
    def __init__(
        self,
        program: Program,
        sick: Mapping[int, Gradient],
        nan: bool,
        changed: Changed | None,
    ) -> None:
        super().__init__(program.graph, ways(program.graph, program.places, sick), sick)
        self.nan = nan
        self.changed = changed
        self.program = program
        self.sizes = Sizes()
        self.things = program.asked_things(sick)

    def probe(self) -> Probe:
        if (nothing := nothing_to_measure(self.ways)) is not None:
            return nothing
        gauge = self._gauge(self.sizes.look)
        ran = self._run(gauge)
        met = self.graph, self.ways, gauge.looked_at, self.sizes.found
        edges, sums = passed(*met), totals(*met)
        deaf = self._deaf()
        edges = {edge: one for edge, one in edges.items() if edge not in deaf}
        broken = self._bad(ran.losses, edges)
        edges, sums = self.without_noise(edges, sums, self.sizes.coarsest, self._noisy)
        flushed, wider = self._wider(edges)
        found = Probe(
            edges, sums, bad=broken, flushed=flushed, wider=wider,
            measured=len(self.graph.targets), deaf=deaf,
        )  # fmt: skip
        return self._with_details(found)

    def _gauge(self, look: Callable[[Spot, Any], None]) -> Gauge:
        return Gauge(self.program, self.ways, self.things, look)

    def _deaf(self) -> frozenset[int]:
        """Edges on ways to losses of which the gradients of these variables were not asked."""
        reached = bytearray(self.graph.value_count)
        for ask in self.program.asks:
            thing = self.program.thing
            if not self.things or any(thing(s) in self.things for s in ask.sources):
                for target in ask.targets:
                    reached[target] = 1
        targets = self.graph.targets
        for edge in sorted(range(len(targets)), key=targets.__getitem__, reverse=True):
            if reached[targets[edge]]:
                reached[self.graph.sources[edge]] = 1
        return frozenset(edge for edge in self.ways.edges if not reached[targets[edge]])

    def _bad(self, losses: Iterable[tuple[int, Any]], edges: Mapping[int, Passed]) -> Bad | None:
        if not (self.nan or {Gradient.NAN, Gradient.INF} & set(self.sick.values())):
            return None
        if not sickness.is_finite(losses):
            return sickness.in_forward(self.program, self._run)
        return sickness.on_the_way_back(
            self.program, self.ways, self.things, edges, self.sizes.found, self._run
        )

    def _run(self, instrument: Any) -> Any:
        if self.changed is None:
            return run(self.program, instrument)
        both = Both(self.changed, instrument)
        return run(self.program, both, (), self.changed.links)

    def _noisy(self, asked: set[Spot]) -> set[Spot]:
        coarsest = self.sizes.coarsest

        def again(look: Look, seed: int) -> None:
            nudged = Nudged(self.program, self.ways, self.things, look, coarsest, seed)
            self._run(nudged)

        return noisy(self.sizes, asked, again)

    def _wider(self, edges: Mapping[int, Passed]) -> tuple[dict[int, float], dict[int, float]]:
        """What the step loses to half precision."""
        if self.sizes.coarsest < HALF:
            return {}, {}
        seen = Sizes()
        gauge = self._gauge(seen.look)
        gauge.wide = True
        try:
            self._run(gauge)
        except CannotReplayError:
            return {}, {}
        return self.lost(edges, self.sizes.found, seen.found)

    def _with_details(self, found: Probe) -> Probe:
        wanted = self.explaining(found)
        if not wanted:
            return found
        details = self._details(wanted)
        numbers = details.numbers
        if beyond := behind_zeros(self.graph, numbers):
            numbers = {**numbers, **self._details(beyond).numbers}
        return replace(found, numbers=numbers, axis=details.axis, units=details.units())

    def _details(self, wanted: Iterable[int]) -> Details:
        details = Details(self.program, self.ways, self.things, wanted)
        self._run(details)
        return details
