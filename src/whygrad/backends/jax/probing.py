"""Measures a step in which variables look sick: it is run again, looked at on their ways."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from whygrad.backends.jax.again import Again
from whygrad.backends.jax.inside import opened
from whygrad.backends.jax.records import Record, Step
from whygrad.backends.shared.arrays import entries, size, summary
from whygrad.flow.graph import FlowGraph
from whygrad.flow.kinds import Kind
from whygrad.flow.measuring import first_bad as firsts
from whygrad.flow.measuring.around import ACTIVATIONS, behind_zeros
from whygrad.flow.measuring.first_bad import SAMPLES, Found
from whygrad.flow.measuring.passing import passed, totals
from whygrad.flow.measuring.probing import Reading, nothing_to_measure, told
from whygrad.flow.measuring.sizes import Size
from whygrad.flow.measuring.ways import Operand, Spot, ways
from whygrad.flow.probe import Bad, Numbers, Passed, Probe, Units
from whygrad.flow.replaying import CannotReplayError
from whygrad.model.report import Gradient

_BAD = frozenset((Gradient.NAN, Gradient.INF))


def probe(
    graph: FlowGraph,
    steps: Sequence[Step],
    leaves: Mapping[int, Any],
    sick: Mapping[int, Gradient],
) -> Probe:
    """It never raises: what could not be measured is a probe that says why."""
    return told(lambda: _Probing(graph, steps, leaves, sick).probe())


class _Probing(Reading):
    def __init__(
        self,
        graph: FlowGraph,
        steps: Sequence[Step],
        leaves: Mapping[int, Any],
        sick: Mapping[int, Gradient],
    ) -> None:
        places: dict[int, Operand] = {
            edge: (number, operand)
            for number, step in enumerate(steps)
            for (operand, _), edge in step.edges.items()
        }
        super().__init__(graph, ways(graph, places, sick), sick)
        self.steps = steps
        self.again = Again(steps, leaves)
        self.by_op = {step.op: number for number, step in enumerate(steps)}

    def probe(self) -> Probe:
        measured = self.ways
        if (nothing := nothing_to_measure(measured)) is not None:
            return nothing
        self.again.there()
        self.again.back(self.graph.losses)
        sizes: dict[Spot, Size] = {
            value: self._size(value, self.again.arrived.get(value)) for value in measured.values
        }
        for edge, operand in measured.edges.items():
            if operand in measured.apart:
                source = self.graph.sources[edge]
                sizes[operand] = self._size(source, self.again.passed.get(operand))
        met = self.graph, measured, sizes.keys(), sizes
        edges = passed(*met)
        found = Probe(edges, totals(*met), measured=len(self.graph.targets))
        broken = self._bad(edges, {e: sizes[measured.spot(self.graph, e)] for e in edges})
        return self._with_details(replace(found, bad=broken))

    def _size(self, value: int, gradient: Any) -> Size:
        held = self.again.values.get(value)
        if held is None:
            raise CannotReplayError("the way leads through a loop or a branch, which is not opened")
        return size(np.zeros(np.shape(held)) if gradient is None else gradient)

    # -- what went bad

    def _bad(self, edges: Mapping[int, Passed], sizes: Mapping[int, Size]) -> Bad | None:
        if not _BAD & set(self.sick.values()):
            return None
        values = self.again.values
        if all(np.isfinite(entries(values[loss])).all() for loss in self.graph.losses):
            return self._on_the_way_back(edges, sizes)
        known = {
            value: size(held)
            for value, held in values.items()
            if np.issubdtype(np.asarray(held).dtype, np.inexact) or "float" in str(held.dtype)
        }
        found = firsts.first_bad(self.graph, known)
        if not isinstance(found, Found):
            return found
        bad = ~np.isfinite(entries(values[found.target]))
        picked = {
            place: _at(entries(values[self.graph.sources[edge]]), bad)
            for place, edge in enumerate(found.edges)
        }
        return firsts.in_forward(self.graph, found, picked)

    def _on_the_way_back(
        self, edges: Mapping[int, Passed], sizes: Mapping[int, Size]
    ) -> Bad | None:
        edge = firsts.bad_edge(self.graph, edges)
        if edge is None:
            return None
        number = self.by_op[self.graph.edge_ops[edge]]
        source = self.graph.sources[edge]
        place = list(self.steps[number].record.operands).index(source)
        gradient = self.again.passed.get((number, place))
        samples: tuple[float, ...] = ()
        if gradient is not None:
            held, bad = entries(self.again.values[source]), ~np.isfinite(entries(gradient))
            samples = tuple(float(x) for x in held[bad].reshape(-1)[:SAMPLES])
        return firsts.on_the_way_back(self.graph, edge, sizes[edge], samples)

    # -- what explains it

    def _with_details(self, found: Probe) -> Probe:
        wanted = self.explaining(found)
        if not wanted:
            return found
        numbers = self._numbers(wanted)
        numbers |= self._numbers(behind_zeros(self.graph, numbers))
        return replace(found, numbers=numbers, axis=self._axes(), units=self._units(found))

    def _numbers(self, wanted: set[int]) -> dict[int, Numbers]:
        known = self.again.values
        return {value: summary(known[value]) for value in wanted if value in known}

    def _axes(self) -> dict[int, int]:
        found = {}
        for step in self.steps:
            if self.graph.ops[step.op].kind is Kind.SOFTMAX:
                source = next((o for o in step.record.operands if isinstance(o, int)), None)
                axes = _axes_of(step.record)
                if source is not None and axes is not None:
                    shape = np.shape(self.again.values[source])
                    found[step.op] = math.prod(shape[axis] for axis in axes)
        return found

    def _units(self, found: Probe) -> dict[int, Units]:
        result = {}
        for edge in found.edges:
            op = self.graph.edge_ops[edge]
            number = self.by_op[op]
            if self.graph.ops[op].kind not in ACTIVATIONS or (number, 0) not in self.again.passed:
                continue
            arrived = self.again.arrived.get(self.graph.targets[edge])
            if arrived is None or not np.ndim(arrived):
                continue
            came, went = _by_unit(arrived), _by_unit(self.again.passed[number, 0])
            if came.shape == went.shape:
                result[op] = Units(bytes((came & ~went).astype(np.uint8)))
        return result


def _by_unit(gradient: Any) -> Any:
    """Whether anything but zero is in each channel; those are last."""
    flags = entries(gradient) != 0
    return flags.reshape(-1, flags.shape[-1]).any(0)


def _at(array: Any, bad: Any) -> list[float]:
    """Entries of an operand where the result went bad."""
    try:
        spread = np.broadcast_to(array, bad.shape)
    except ValueError:
        odd = array[~np.isfinite(array)]
        flat = array.reshape(-1)
        chosen = odd if odd.size else flat[np.argsort(np.abs(flat))]
        return [float(x) for x in chosen.reshape(-1)[-4 * SAMPLES :]]
    return [float(x) for x in spread[bad].reshape(-1)[: 4 * SAMPLES]]


def _axes_of(record: Record) -> tuple[int, ...] | None:
    """The axes over which a function takes a maximum or a sum, as the first of its ops says."""
    for part in record.params.get("parts", (record,)):
        if "axes" in part.params:
            return tuple(part.params["axes"])
        jaxpr = part.params.get("jaxpr")
        for eqn in opened(jaxpr).eqns if jaxpr is not None else ():
            if "axes" in eqn.params:
                return tuple(eqn.params["axes"])
    return None
