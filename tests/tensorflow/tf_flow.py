"""Runs a piece of a step under TensorFlow's flow and says, in words, what became of each variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from whygrad.backends.tensorflow.flow import Asked, Flow
from whygrad.flow.graph import Edge, FlowGraph, Op
from whygrad.flow.trace import Traced, Verdict, trace


class Seen(NamedTuple):
    """One observed step."""

    flow: Flow
    graph: FlowGraph
    variables: Mapping[str, Any]
    asked: tuple[Asked, ...]

    def traced(self, name: str) -> Traced:
        value = self.flow.value_of(self.variables[name])
        if value is None:
            return Traced(Verdict.UNUSED)
        return trace(self.graph, [value])[value]

    def verdict(self, name: str) -> str:
        return self.traced(name).verdict.value

    def cuts(self, name: str) -> list[tuple[Edge, Op]]:
        edges = [self.graph.edge(i) for i in self.traced(name).front]
        return [(edge, self.graph.ops[edge.op]) for edge in edges]

    def cut(self, name: str) -> tuple[Edge, Op]:
        (only,) = self.cuts(name)
        return only


def see(body: Callable[[], Any], *, last: bool = False, **variables: Any) -> Seen:
    """`body` runs one step and asks a tape; variables are asked about by their keyword.

    Where several tapes are asked, only the `last` one counts, or all do.
    """
    flow = Flow()
    asked: list[Asked] = []
    flow.on_ask_ends = lambda one, frame: asked.append(one)
    flow.install()
    try:
        flow.begin_step()
        body()
        del flow.log.asks[: -1 if last else 0]
        graph = flow.end_step()
    finally:
        flow.uninstall()
    assert flow.blind() == ()
    return Seen(flow, graph, variables, tuple(asked))
