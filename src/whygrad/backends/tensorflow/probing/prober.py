"""Decides which variables of a step are to be measured; usually there are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from whygrad.backends.keras.inventory.things import inner, shape_of
from whygrad.backends.tensorflow.probing.probe import probe
from whygrad.backends.tensorflow.replay.owning import is_custom
from whygrad.backends.tensorflow.replay.widening import eps
from whygrad.flow.death import deaths
from whygrad.flow.graph import Barrier
from whygrad.flow.measuring import screening
from whygrad.flow.measuring.merging import merged
from whygrad.flow.measuring.screening import Looked
from whygrad.flow.probe import Probe
from whygrad.flow.trace import walk_back
from whygrad.model.report import Gradient

if TYPE_CHECKING:
    from whygrad.backends.keras.inventory.current import Row
    from whygrad.backends.shared.slot import Slot
    from whygrad.backends.tensorflow.flow import Flow
    from whygrad.backends.tensorflow.replay.program import Program

MOST: Final = 3
"""Probes of one step: several tapes may be asked in it, each about variables of its own."""


class Prober:
    """`sick` before weights are updated, so that they can be copied; `take` when the step ends."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._cleared: set[Slot] = set()
        """Variables whose gradient was small in an earlier step and turned out to be real."""

    def sick(self, rows: Iterable[Row]) -> list[Row]:
        """Those that look so; a healthy step costs a few comparisons."""
        looked = [_looked(row) for row in rows if row.asked]
        found = screening.sick(looked, self._cleared, self._flow.coarse())
        if not found and any(map(_is_nan, self._flow.log.targets.values())):
            found = screening.touched(looked)
        return found

    def take(self, rows: Iterable[Row], program: Program) -> Probe | None:
        """What is measured of the step that has ended, if anything looks sick in it."""
        nan = any(map(_is_nan, program.targets.values()))
        _, reached = walk_back(program.graph)
        asked: dict[int, Row] = {}
        for row in self.sick(rows):
            value = self._flow.value_of(inner(row.thing))
            if value is not None and reached[value]:
                asked[value] = row
        groups = _by_asks(program, asked)
        found = []
        for values in groups[:MOST]:
            kinds = {value: asked[value].gradient.kind for value in values}
            one = probe(program, kinds, nan=nan)
            found.append(one)
            if one.failed is None:
                cut_by_themselves(program, one)
                self._clear(program, one, {value: asked[value] for value in values})
        return merged(found)

    def _clear(self, program: Program, found: Probe, asked: Mapping[int, Row]) -> None:
        dead = deaths(program.graph, found, asked)
        self._cleared.update(
            row.slot
            for value, row in asked.items()
            if row.gradient.kind is Gradient.FINITE and value not in dead
        )


def cut_by_themselves(program: Program, found: Probe) -> None:
    """Cut the edges of functions with a gradient of their own to which gradient came and that gave
    zeros for it. In a graph that is seen only now.
    """
    graph = program.graph
    for number, passed in found.edges.items():
        record = program.records[program.edge_records[number]]
        if is_custom(record) and passed.arrived > 0.0 and passed.passed == 0.0:
            op = graph.edge_ops[number]
            graph.barriers[number] = Barrier.CUSTOM_GRADIENT
            detail = "its gradient function gives only zeros"
            graph.ops[op] = graph.ops[op]._replace(detail=detail)


def _by_asks(program: Program, values: Iterable[int]) -> list[list[int]]:
    """Those that the same tapes were asked about go together."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for value in values:
        thing = program.thing(value)
        asks = tuple(
            number
            for number, ask in enumerate(program.asks)
            if any(program.thing(source) == thing for source in ask.sources)
        )
        groups.setdefault(asks, []).append(value)
    return list(groups.values())


def _looked(row: Row) -> Looked[Row]:
    own = inner(row.thing)
    entries = 1
    for side in shape_of(row.thing):
        entries *= side
    return Looked(
        row,
        row.slot,
        row.gradient.kind,
        row.gradient.norm,
        entries,
        row.asked,
        eps(own.dtype),
        row.slot.steps.values(),
    )


def _is_nan(target: Any) -> bool:
    """Whether a single number of which gradient was asked is none."""
    if target.shape.num_elements() != 1 or not target.dtype.is_floating:
        return False
    return bool(np.isnan(target._numpy().astype(np.float64)).all())
