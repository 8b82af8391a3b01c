"""Runs a piece of a step under the flow and says, in words, what became of each variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from whygrad.backends.torch.flow import Flow
from whygrad.flow.graph import Edge, FlowGraph, Op
from whygrad.flow.trace import Traced, Verdict, trace


class Seen(NamedTuple):
    """One observed step."""

    flow: Flow
    graph: FlowGraph
    variables: Mapping[str, Any]

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


def see(body: Callable[[], Any], backward: bool = True, **variables: Any) -> Seen:
    """`body` gives the loss; variables are asked about by their keyword."""
    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        loss = body()
        flow.mark_loss(loss)
        flow.pause()
        if backward and loss.requires_grad:
            loss.backward()
        flow.resume()
        graph = flow.end_step()
    finally:
        flow.uninstall()
    return Seen(flow, graph, variables)
