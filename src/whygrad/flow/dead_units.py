"""Units of an activation that were dead in every measured step, and the same op in each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from whygrad.flow.graph import FlowGraph


@dataclass(frozen=True, slots=True)
class Dead:
    """Units of an activation that let no gradient through, over all measured steps."""

    units: bytes
    """1 for each unit that was dead in all of them."""
    steps: int
    """How many steps were measured."""

    @property
    def count(self) -> int:
        """How many are dead."""
        return sum(self.units)


def dead_in_all(units: Iterable[bytes]) -> Dead | None:
    """AND of `Units.dead` over steps; None without any, or where their sizes differ."""
    seen = list(units)
    if not seen or len({len(one) for one in seen}) != 1:
        return None
    total = int.from_bytes(seen[0], "big")
    for one in seen[1:]:
        total &= int.from_bytes(one, "big")
    return Dead(total.to_bytes(len(seen[0]), "big"), len(seen))


def same_op(graph: FlowGraph, op: int, other: FlowGraph) -> int | None:
    """The op of another step that stands for this one: the same call of the same line, counted."""
    key = _call(graph, op)
    nth = sum(1 for number in range(op) if _call(graph, number) == key)
    for number in range(len(other.ops)):
        if _call(other, number) == key:
            if not nth:
                return number
            nth -= 1
    return None


def _call(graph: FlowGraph, op: int) -> object:
    name, place = graph.ops[op][:2]
    return name, None if place is None else (place.path, place.line, place.column)
