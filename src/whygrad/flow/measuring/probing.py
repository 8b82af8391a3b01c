"""What a probe makes of the runs that a framework does for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from whygrad.flow.death import deaths
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.around import around
from whygrad.flow.measuring.first_bad import operands_of
from whygrad.flow.measuring.rounding import marked, spread, suspicious
from whygrad.flow.measuring.sizes import Size
from whygrad.flow.measuring.ways import Spot, Ways
from whygrad.flow.probe import Passed, Probe
from whygrad.flow.replaying import CannotReplayError
from whygrad.model.report import Gradient

MOST: Final = 50_000
"""Edges that are measured in one step at most."""


def told(measure: Callable[[], Probe]) -> Probe:
    """What was measured; what could not be is a probe that says why."""
    try:
        return measure()
    except CannotReplayError as error:
        return Probe(failed=str(error))
    except Exception as error:
        return Probe(failed=f"measuring failed: {type(error).__name__}: {error}")


def nothing_to_measure(ways: Ways) -> Probe | None:
    """What is told where no run is worth it."""
    if not ways.edges:
        return Probe()
    if len(ways.edges) > MOST:
        return Probe(failed=f"there are more than {MOST:,} ops to measure in it")
    return None


class Reading:
    """What passed on the ways of the variables that look sick, read of one graph."""

    def __init__(self, graph: FlowGraph, ways: Ways, sick: Mapping[int, Gradient]) -> None:
        self.graph = graph
        self.ways = ways
        self.sick = sick

    def spot(self, edge: int) -> Spot:
        """Where the gradient of an edge is measured."""
        return self.ways.spot(self.graph, edge)

    def without_noise(
        self,
        edges: dict[int, Passed],
        sums: dict[int, Passed],
        coarsest: float,
        noisy: Callable[[set[Spot]], set[Spot]],
    ) -> tuple[dict[int, Passed], dict[int, Passed]]:
        """Mark what is rounding error; `noisy` tells which of the doubtful are."""
        spots: dict[int, Spot] = {e: self.spot(e) for e in suspicious(edges, coarsest)}
        asked = {*spots.values(), *suspicious(sums, coarsest)}
        if not asked:
            return edges, sums
        noise = noisy(asked)
        edges = {e: marked(one, spots.get(e) in noise) for e, one in edges.items()}
        sums = {v: marked(one, v in noise) for v, one in sums.items()}
        spread(self.graph, edges, sums)
        return edges, sums

    def lost(
        self,
        edges: Mapping[int, Passed],
        sizes: Mapping[Spot, Size],
        wide: Mapping[Spot, Size],
    ) -> tuple[dict[int, float], dict[int, float]]:
        """What the step loses to half precision, where `wide` was measured without it."""
        flushed: dict[int, float] = {}
        for edge in edges:
            before, after = sizes.get(self.spot(edge)), wide.get(self.spot(edge))
            if before is not None and after is not None and before.zeros > after.zeros:
                flushed[edge] = (before.zeros - after.zeros) / max(1, before.entries)
        return flushed, {value: wide[value].norm for value in self.sick if value in wide}

    def explaining(self, found: Probe) -> set[int]:
        """The values whose numbers explain where gradient died or went bad."""
        died = {
            edge
            for one in deaths(self.graph, found, self.sick).values()
            for death in one
            for edge in death.edges
        }
        return around(self.graph, died) | operands_of((found.bad,), self.graph)
