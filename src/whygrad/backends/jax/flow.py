"""The data flow of an observed step: the graphs of all functions differentiated in it as one.

A function that was staged is traced once and runs many times: its graph serves every step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from whygrad.backends.jax.records import Step
from whygrad.flow.graph import Barrier, FlowGraph
from whygrad.flow.probe import Probe


@dataclass(slots=True, eq=False)
class Program:
    """One function that was differentiated, as it was seen once."""

    graph: FlowGraph
    values: Mapping[int, int]
    """By key of a variable or array: its first value in the graph."""
    leaves: Sequence[int | None]
    """The variables that were differentiated, by key; None for what is no variable."""
    site: int
    steps: Sequence[Step] = ()
    leaves_of_all: Mapping[int, Any] = field(default_factory=dict)
    """By value, what no op made: an array that is there whenever the function runs, or None."""
    given: Sequence[int] = ()
    """Those of them that a staged function is given with every run, in the order of their marks."""
    probes: list[Probe] = field(default_factory=list)
    """What was measured of it in the step that is going on."""
    ran: Mapping[int, Any] = field(default_factory=dict)
    """What it was given in that step, by value."""


@dataclass(slots=True)
class Put:
    """A step's graph, and the values of its variables by key."""

    graph: FlowGraph = field(default_factory=FlowGraph)
    values: dict[int, int] = field(default_factory=dict)
    probes: list[Probe] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    leaves: dict[int, Any] = field(default_factory=dict)


def together(programs: Sequence[Program]) -> Put:
    """One graph of all. What several of them read is one value there."""
    put = Put()
    graph = put.graph
    if not programs:
        return put
    for program in programs:
        for key in program.values:
            if key not in put.values:
                put.values[key] = graph.add_value()
    losses: list[int] = []
    for program in programs:
        losses += _add(put, program)
        graph.complete &= program.graph.complete
    graph.losses = tuple(dict.fromkeys(losses))
    return put


def _add(put: Put, program: Program) -> list[int]:
    graph, added = put.graph, program.graph
    renamed = {value: put.values[key] for key, value in program.values.items()}
    # A variable's value may have been made by an op (under a dtype policy): then it stays inside.
    made = set(added.targets)
    numbers = [
        renamed[value] if value in renamed and value not in made else graph.add_value()
        for value in range(added.value_count)
    ]
    first, edges = len(graph.ops), len(graph.sources)
    put.probes += [_renumbered(one, numbers, first, edges) for one in program.probes]
    for op in added.ops:
        graph.add_op(op)
    for edge in added.edges():
        graph.add_edge(
            numbers[edge.source],
            numbers[edge.target],
            first + edge.op,
            Barrier(edge.barrier),
            inferred=edge.inferred,
        )
    put.steps += [_moved(step, numbers, first, edges) for step in program.steps]
    put.leaves |= {
        numbers[value]: leaf
        for value, leaf in program.ran.items()
        if numbers[value] not in put.leaves
    }
    return [numbers[loss] for loss in added.losses]


def _renumbered(one: Probe, values: Sequence[int], op: int, edge: int) -> Probe:
    """The same, by the numbers of the graph that it is told in."""
    bad = one.bad
    if bad is not None:
        bad = replace(
            bad,
            op=bad.op + op,
            edge=None if bad.edge is None else bad.edge + edge,
            operands=tuple(values[value] for value in bad.operands),
        )
    return replace(
        one,
        edges={number + edge: passed for number, passed in one.edges.items()},
        totals={values[value]: passed for value, passed in one.totals.items()},
        numbers={values[value]: numbers for value, numbers in one.numbers.items()},
        axis={number + op: length for number, length in one.axis.items()},
        units={number + op: units for number, units in one.units.items()},
        bad=bad,
        measured=one.measured + edge if one.measured else 0,
    )


def _moved(step: Step, values: Sequence[int], op: int, edge: int) -> Step:
    """The same op, by those numbers."""
    record = step.record
    operands = [values[each] if isinstance(each, int) else each for each in record.operands]
    renamed = replace(record, operands=operands, results=[values[each] for each in record.results])
    moved = step.op if step.record.whole else step.op + op
    return Step(moved, renamed, {key: number + edge for key, number in step.edges.items()})
