"""Telling a small gradient from rounding error: run the step again, its weights and data
a hair's breadth off. A real gradient hardly changes; rounding error turns out altogether different.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from whygrad.flow.graph import FlowGraph
from whygrad.flow.probe import Passed
from whygrad.flow.trace import walk_back

SUSPICIOUS: Final = 1e5
"""So many times the distance between neighbouring numbers: a gradient that is smaller than that,
beside what arrived, may be rounding error (1% in float32).
"""
CHANGED: Final = 0.1
"""Share of its norm by which rounding error changes at least. The real ones that were measured
changed by a ten-thousandth.
"""
CHANGED_IN_HALF: Final = 0.5
"""The same in half precision, where the weights must be moved by more."""

TRIES: Final = 3
"""A single number of rounding error may come out the same by chance."""

SAMPLE: Final = 4096
"""So many entries of each gradient are kept, to compare them with those of another run."""

HALF: Final = 1e-4
"""Neighbouring numbers of half precision lie further apart than this share of them."""


def suspicious(found: Mapping[Any, Passed], coarsest: float) -> list[Any]:
    """Edges or values of which so little went on that it may be rounding error."""
    share = min(1.0, SUSPICIOUS * coarsest)
    return [key for key, one in found.items() if 0.0 < one.passed < share * one.arrived]


def marked(one: Passed, noise: bool) -> Passed:
    """The same, as noise where it is."""
    return Passed(one.arrived, one.passed, noise=True) if noise else one


def spread(graph: FlowGraph, edges: dict[int, Passed], totals: Mapping[int, Passed]) -> None:
    """What comes of noise is noise: mark all that leads on from a value that gets nothing else.
    What was not measured may be real.
    """
    _, reached = walk_back(graph)
    alive = bytearray(graph.value_count)
    for loss in graph.losses:
        alive[loss] = 1
    for edge, target in enumerate(graph.targets):
        if edge not in edges and reached[target] and not graph.barriers[edge]:
            alive[graph.sources[edge]] = 1
    quiet = {value for value, total in totals.items() if total.noise}
    for edge in sorted(edges, key=graph.targets.__getitem__, reverse=True):
        passed = edges[edge]
        if not alive[graph.targets[edge]] and passed.passed and not passed.noise:
            edges[edge] = passed = Passed(passed.arrived, passed.passed, noise=True)
        if passed.passed and not passed.noise and graph.sources[edge] not in quiet:
            alive[graph.sources[edge]] = 1
