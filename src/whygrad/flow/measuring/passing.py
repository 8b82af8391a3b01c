"""From the gradients that were looked at to what arrived and what went on, edge by edge."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.sizes import Size
from whygrad.flow.measuring.ways import Operand, Spot, Ways
from whygrad.flow.probe import Passed


def passed(
    graph: FlowGraph, ways: Ways, looked_at: Collection[Spot], sizes: Mapping[Spot, Size]
) -> dict[int, Passed]:
    """For each edge that was looked at: how much came to its target, and how much went on."""
    found: dict[int, Passed] = {}
    for edge in ways.edges:
        spot, target = ways.spot(graph, edge), graph.targets[edge]
        arrived = sizes.get(target)
        if spot not in looked_at or target not in looked_at:
            continue
        came = 0.0 if arrived is None else arrived.norm
        onward = 0.0 if spot not in sizes else sizes[spot].norm
        # Of a call with several results, one that got nothing gave nothing either, whatever the
        # others gave; but 0 * inf is nan.
        found[edge] = Passed(came, onward if came != 0.0 or not math.isfinite(onward) else 0.0)
    return found


def totals(
    graph: FlowGraph, ways: Ways, looked_at: Collection[Spot], sizes: Mapping[Spot, Size]
) -> dict[int, Passed]:
    """For each value that several measured operands read: what their gradients came to."""
    readers: dict[int, set[Operand]] = {}
    for edge, operand in ways.edges.items():
        if operand in ways.apart:
            readers.setdefault(graph.sources[edge], set()).add(operand)
    found: dict[int, Passed] = {}
    for value, group in readers.items():
        if value in looked_at and all(operand in looked_at for operand in group):
            arrived = sum(sizes[spot].norm for spot in group if spot in sizes)
            total = sizes.get(value)
            found[value] = Passed(arrived, 0.0 if total is None else total.norm)
    return found
