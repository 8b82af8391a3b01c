"""Which values explain a death: those around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Numbers

ACTIVATIONS: Final = frozenset((Kind.RECTIFIER, Kind.SQUASH, Kind.CLAMP, Kind.DROPOUT))
"""Of these, dead units are counted."""

_BEHIND: Final = 64
_BACK: Final = 4
"""So many ops without numbers of their own, such as a view, are passed over on the way back."""


def around(graph: FlowGraph, edges: Iterable[int]) -> set[int]:
    """The values to tell of: all that the op read, what it made, and what its operand came from."""
    found: set[int] = set()
    for edge in edges:
        target = graph.targets[edge]
        found.add(target)
        found.update(graph.sources[e] for e in graph.into(target))
        source = graph.sources[edge]
        for _ in range(_BACK):
            into = graph.into(source)
            operands = [graph.sources[e] for e in into]
            found.update(operands)
            if not into or graph.ops[graph.edge_ops[into[0]]].kind is not Kind.OTHER:
                break
            source = operands[0]
    return found


def behind_zeros(graph: FlowGraph, numbers: Mapping[int, Numbers]) -> set[int]:
    """What lies before values of nothing but zeros, or of nothing at all: an op there made the
    weight that is multiplied with them go without a gradient.
    """
    todo = [value for value, one in numbers.items() if one.zeros == one.count]
    found: set[int] = set()
    for value in todo:
        before = {graph.sources[edge] for edge in graph.into(value)} - found
        found |= before
        todo += before
        if len(found) > _BEHIND:
            break
    return found - numbers.keys()
