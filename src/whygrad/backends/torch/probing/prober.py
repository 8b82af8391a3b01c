"""Decides right before an update whether the step is to be measured; usually it is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import torch

from whygrad.backends.torch.probing.probe import probe
from whygrad.backends.torch.probing.screening import is_nan, sick, touched
from whygrad.flow.death import deaths
from whygrad.flow.graph import FlowGraph
from whygrad.flow.measuring.merging import merged
from whygrad.flow.probe import Probe
from whygrad.flow.trace import walk_back
from whygrad.model.report import Gradient

if TYPE_CHECKING:
    from whygrad.backends.shared.slot import Slot
    from whygrad.backends.torch.current import Row
    from whygrad.backends.torch.flow import Flow

MOST: Final = 2
"""Probes of one step: two optimisers may take turns in it."""


class Prober:
    """`look` before every update, `take` when the step ends."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._found: list[Probe] = []
        self._asked: set[Slot] = set()
        self._cleared: set[Slot] = set()
        """Variables whose gradient was small in an earlier step and turned out to be real."""

    def look(self, rows: Iterable[Row]) -> bool:
        """The rows have been measured. A healthy step costs a few comparisons. Gives whether a
        gradient was seen to die, or to be noise.
        """
        rows = list(rows)
        found = sick(rows, self._cleared, self._flow.coarse())
        nan = is_nan(self._flow.roots())
        if nan and not found:
            found = touched(rows)
        ill = [row for row in found if row.slot not in self._asked]
        if not ill or len(self._found) >= MOST:
            return False
        self._asked.update(row.slot for row in ill)
        with torch._C.DisableTorchFunction():
            graph, values = self._flow.so_far([row.tensor for row in ill])
            _, reached = walk_back(graph)
            asked = [
                (value, row)
                for value, row in zip(values, ill, strict=True)
                if value is not None and reached[value]
            ]
            return bool(asked) and self._probe(graph, asked, nan=nan)

    def _probe(self, graph: FlowGraph, asked: list[tuple[int, Row]], *, nan: bool) -> bool:
        program = self._flow.program()
        kinds = {value: row.gradient.kind for value, row in asked}
        found = probe(program, graph, kinds, nan=nan)
        self._found.append(found)
        if found.failed is not None:
            return False
        dead = deaths(graph, found, kinds)
        self._cleared.update(
            row.slot
            for value, row in asked
            if row.gradient.kind is Gradient.FINITE and value not in dead
        )
        return bool(dead)

    def take(self) -> Probe | None:
        """What was measured of the step, if anything; the next one starts anew."""
        found = merged(self._found)
        self._found = []
        self._asked.clear()
        return found
