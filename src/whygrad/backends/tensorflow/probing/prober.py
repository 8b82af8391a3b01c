"""Decides which variables of a step are to be measured; usually there are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from whygrad.backends.keras.inventory.things import inner, shape_of
from whygrad.backends.tensorflow.probing.probe import probe
from whygrad.backends.tensorflow.replay.owning import is_custom
from whygrad.backends.tensorflow.replay.widening import eps
from whygrad.flow.death import How, deaths
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
ESTABLISHED: Final = 2
"""In so many steps is a gradient measured that is rounding error: it takes several runs."""
ALIKE: Final = 4.0
"""Unless it comes to be larger than what was rounding error by that factor."""


class Prober:
    """`sick` before weights are updated, so that they can be copied; `take` when the step ends."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._cleared: set[Slot] = set()
        """Variables whose gradient was small in an earlier step and turned out to be real."""
        self._noise: dict[Slot, list[float]] = {}
        """The norms of gradients that turned out to be rounding error, and the loss of nothing: of
        a bias before a normalisation, of an attention's keys.
        """

    def sick(self, rows: Iterable[Row]) -> list[Row]:
        """Those that look so; a healthy step costs a few comparisons."""
        known, found = self._looked_at(rows)
        return [row for row in found if row not in known]

    def _looked_at(self, rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
        """Those that were measured often enough, and all that look sick."""
        looked = [_looked(row) for row in rows if row.asked]
        found = screening.sick(looked, self._cleared, self._flow.coarse())
        if not found and any(map(_is_nan, self._flow.log.targets.values())):
            found = screening.touched(looked)
        return [row for row in found if self._established(row)], found

    def _established(self, row: Row) -> bool:
        sizes, norm = self._noise.get(row.slot, ()), row.gradient.norm
        if norm is None or row.gradient.kind is not Gradient.FINITE:
            return False
        return len(sizes) >= ESTABLISHED and norm <= ALIKE * max(sizes)

    def as_before(self, rows: Iterable[Row]) -> Probe | None:
        """Of a step of which nothing has to be measured, or not all: what need not be any more."""
        values = (self._flow.value_of(inner(row.thing)) for row in self._looked_at(rows)[0])
        known = frozenset(value for value in values if value is not None)
        return Probe(as_before=known) if known else None

    def take(self, rows: Iterable[Row], program: Program) -> Probe | None:
        """What is measured of the step that has ended, if anything looks sick in it."""
        rows = list(rows)
        known = self.as_before(rows)
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
        told = merged(found)
        if told is None or known is None:
            return told or known
        return replace(told, as_before=known.as_before)

    def _clear(self, program: Program, found: Probe, asked: Mapping[int, Row]) -> None:
        dead = deaths(program.graph, found, asked)
        self._cleared.update(
            row.slot
            for value, row in asked.items()
            if row.gradient.kind is Gradient.FINITE and value not in dead
        )
        for value, row in asked.items():
            ends = dead.get(value, ())
            harmless = ends and all(end.symmetric and end.how is How.NOISE for end in ends)
            if harmless and row.gradient.norm:
                self._noise.setdefault(row.slot, []).append(row.gradient.norm)


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
