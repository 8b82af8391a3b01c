"""Which operand of which record each edge stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.ways import Operand

TOGETHER: Final = frozenset(("multi_head_attention_forward",))
"""They ask whether two arguments are the same object, and compute differently if not. Arguments
that are the same count as one operand, the first.
"""


def places(graph: FlowGraph, records: Sequence[Sequence[object]]) -> dict[int, Operand]:
    """The operand that each edge stands for. What a write leaves nothing of has no edge."""
    groups: dict[tuple[int, int], list[int]] = {}
    for edge in range(len(graph.targets)):
        groups.setdefault((graph.edge_ops[edge], graph.targets[edge]), []).append(edge)
    found: dict[int, Operand] = {}
    for (op, _), group in groups.items():
        if op >= len(records):
            continue
        ins = records[op][3]
        assert isinstance(ins, tuple)
        skipped = len(ins) - len(group)
        if [graph.sources[edge] for edge in group] == list(ins[skipped:]):
            for place, edge in enumerate(group, skipped):
                if graph.ops[op].name in TOGETHER:
                    place = ins.index(graph.sources[edge])
                found[edge] = op, place
    return found
