"""Which records and values a barrier is taken away at, so that gradient passes an edge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from whygrad.backends.tensorflow.replay.program import Program
from whygrad.flow.graph import Barrier, Edge
from whygrad.flow.trace import reason


@dataclass(slots=True)
class Opening:
    """What is to be done to open some edges."""

    links: dict[int, list[int]] = field(default_factory=dict)
    """A value to those that its gradient is to reach too."""
    taped: set[int] = field(default_factory=set)
    """Records that a tape did not see."""
    lasting: bool = False
    """Gradients that the step goes on with are to be differentiated in turn."""
    watched: set[int] = field(default_factory=set)
    """Leaves that no tape watched."""

    def link(self, target: int, source: int) -> None:
        """Have the gradient of `target` reach `source`."""
        sources = self.links.setdefault(target, [])
        if source not in sources and source < target:
            sources.append(source)


def opening(program: Program, edges: Iterable[int]) -> Opening:
    """What opens these edges and all others that are cut by the same line for the same reason."""
    made = Opening()
    graph = program.graph
    asked = [graph.edge(e) for e in edges]
    reasons = {reason(graph, edge) for edge in asked if edge.barrier is not Barrier.NONE}
    for edge in graph.edges():
        if edge.barrier is not Barrier.NONE and reason(graph, edge) in reasons:
            _open(made, program, edge)
    return made


def _open(made: Opening, program: Program, edge: Edge) -> None:
    index = program.edge_records[edge.number]
    if edge.barrier is not Barrier.GRAD_DISABLED or index < 0:
        _join(made, program, edge)
        return
    if program.records[index].kind == "tape.gradient":
        made.lasting = True
    made.taped.add(index)
    made.watched.add(edge.source)


def _join(made: Opening, program: Program, edge: Edge) -> None:
    """Link across an edge; past integers, the first floats that come of them are linked."""
    floats, graph = program.flat.floats, program.graph
    if floats[edge.target]:
        made.link(edge.target, edge.source)
        return
    todo, seen = [edge.target], {edge.target}
    for value in todo:
        for number in graph.out_of(value):
            target = graph.targets[number]
            if floats[target]:
                made.link(target, edge.source)
            elif target not in seen:
                seen.add(target)
                todo.append(target)
