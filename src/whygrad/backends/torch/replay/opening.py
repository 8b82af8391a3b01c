"""Which calls and values a barrier is taken away at, so that gradient passes an edge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from whygrad.backends.torch.replay.program import Program
from whygrad.backends.torch.values import FLOATING
from whygrad.flow.graph import Barrier, Edge, FlowGraph
from whygrad.flow.trace import reason

_PASSING: Final = frozenset(("detach", "data"))


@dataclass(slots=True)
class Opening:
    """What is to be done to open some edges."""

    links: dict[int, list[int]] = field(default_factory=dict)
    """A value to those that its gradient is to reach too."""
    passing: set[int] = field(default_factory=set)
    """Records of detaches: they give their input."""
    differentiated: set[int] = field(default_factory=set)
    """Records that ran without gradient."""
    lasting: set[int] = field(default_factory=set)
    """Records of `autograd.grad` whose results are to be differentiated in turn."""
    unhooked: set[int] = field(default_factory=set)
    """Values on which the person's hooks are left out."""

    def link(self, target: int, source: int) -> None:
        """Have the gradient of `target` reach `source`."""
        sources = self.links.setdefault(target, [])
        if source not in sources and source < target:
            sources.append(source)


def opening(program: Program, graph: FlowGraph, edges: Iterable[int]) -> Opening:
    """What opens these edges and all others that are cut by the same line for the same reason."""
    made = Opening()
    asked = [graph.edge(e) for e in edges]
    asked = [edge for edge in asked if edge.barrier is not Barrier.NONE]
    reasons = {reason(graph, edge) for edge in asked}
    regions = {program.records[e.op][2] for e in asked if e.barrier is Barrier.GRAD_DISABLED}
    for edge in graph.edges():
        if edge.barrier is not Barrier.NONE and reason(graph, edge) in reasons:
            _open(made, program, graph, edge)
    for index, record in enumerate(program.records):
        if record[2] > 0 and record[2] in regions:
            made.differentiated.add(index)
    return made


def _open(made: Opening, program: Program, graph: FlowGraph, edge: Edge) -> None:
    if edge.op >= len(program.records):
        _join(made, program, graph, edge)
        return
    name = program.name(edge.op)
    if edge.barrier is Barrier.DETACHED and name in _PASSING:
        made.passing.add(edge.op)
    elif edge.barrier is Barrier.GRAD_DISABLED:
        (made.lasting if name == "grad" else made.differentiated).add(edge.op)
    elif edge.barrier is Barrier.CUSTOM_GRADIENT and _hooked(program, edge.source):
        made.unhooked.add(edge.source)
    else:
        _join(made, program, graph, edge)


def _hooked(program: Program, value: int) -> bool:
    return any(hook.value == value for hook in program.hooks)


def _join(made: Opening, program: Program, graph: FlowGraph, edge: Edge) -> None:
    """Link across an edge; past integers, the first floats that come of them are linked."""
    if program.flags[edge.target] & FLOATING:
        made.link(edge.target, edge.source)
        return
    todo, seen = [edge.target], {edge.target}
    for value in todo:
        for number in graph.out_of(value):
            target = graph.targets[number]
            if program.flags[target] & FLOATING:
                made.link(target, edge.source)
            elif target not in seen:
                seen.add(target)
                todo.append(target)
