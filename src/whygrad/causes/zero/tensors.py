"""Tensors of zeros: which are, and what made them so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from whygrad.flow.graph import FlowGraph
from whygrad.flow.probe import Numbers, Probe
from whygrad.flow.variable import Variable


@dataclass(frozen=True, slots=True)
class Zero:
    """An operand of all zeros."""

    value: int
    edges: tuple[int, ...]
    """The edge by which it went into the op that it kept from passing gradient."""
    variable: Variable | None
    """Where it is a variable, or a view of one."""
    op: int | None
    """The op that made it zero; None of a leaf."""
    made: bool
    """That op works on something computed from variables: a ReLU, not the making of a mask."""


def is_zero(numbers: Numbers | None) -> bool:
    """Whether all of a tensor is known to be zero (and there is something of it)."""
    return numbers is not None and 0 < numbers.count == numbers.zeros


def is_empty(numbers: Numbers | None) -> bool:
    """Whether a tensor is known to have no entry."""
    return numbers is not None and numbers.count == 0


def zero_from(
    graph: FlowGraph,
    probe: Probe,
    fed: bytearray,
    edge: int,
    variable_of: Callable[[int], Variable | None],
) -> Zero:
    """Back from an operand of all zeros, over ops that only pass zeros on, to what made it so."""
    first = value = graph.sources[edge]
    while True:
        variable = variable_of(value)
        into = graph.into(value)
        if variable is not None or not into:
            return Zero(first, (edge,), variable, None, made=False)
        op = graph.edge_ops[into[-1]]
        sources = [graph.sources[e] for e in into if graph.edge_ops[e] == op]
        zeros = [s for s in sources if is_zero(probe.numbers.get(s))]
        computed = [s for s in zeros if fed[s] and (graph.into(s) or variable_of(s) is not None)]
        if not computed:
            made = any(fed[s] for s in sources)
            return Zero(first, (edge,), None, op, made=made)
        # What was computed leads on before what is a variable: a dead unit, not a zero weight.
        value = min(computed, key=lambda s: (variable_of(s) is not None, s))
