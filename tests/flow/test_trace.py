"""The walks: whole, unused, cut; where; and that they stay linear."""

from __future__ import annotations

import time

from tests.flows import flow
from whygrad.flow.graph import Barrier, FlowGraph, Op
from whygrad.flow.trace import Verdict, last_seen, trace, way
from whygrad.model.source import SourceLocation


def test_a_whole_way_and_a_cut_one() -> None:
    f = flow("h = matmul(x, w); z = detach(h) !detached; o = matmul(z, v); l = sum(o)", loss="l")
    found = trace(f.graph, [f["w"], f["v"]])
    assert found[f["v"]].verdict is Verdict.WHOLE
    assert found[f["w"]].verdict is Verdict.CUT
    (edge,) = found[f["w"]].front
    assert f.graph.ops[f.graph.edge(edge).op].name == "detach"


def test_unused_where_nothing_leads_to_the_loss() -> None:
    f = flow("h = matmul(x, w); a = relu(h); l = sum(x)", loss="l")
    assert trace(f.graph, [f["w"]])[f["w"]].verdict is Verdict.UNUSED
    last = last_seen(f.graph, [f["w"], f["x"]])
    assert f.graph.ops[f.graph.edge(last[f["w"]]).op].name == "relu"


def test_one_whole_way_is_enough() -> None:
    f = flow("h = mul(x, w); z = detach(h) !detached; o = add(h, z); l = sum(o)", loss="l")
    assert trace(f.graph, [f["w"]])[f["w"]].verdict is Verdict.WHOLE


def test_every_loss_counts() -> None:
    f = flow("h = mul(x, w); z = detach(h) !detached; l = sum(z); m = mean(h)", loss=("l", "m"))
    assert trace(f.graph, [f["w"]])[f["w"]].verdict is Verdict.WHOLE


def test_the_front_is_the_most_downstream_cut_of_each_way() -> None:
    f = flow(
        "a = mul(x, w); b = detach(a) !detached; c = round(b) !not-differentiable;"
        "d = item(a) !left-framework; e = add(c, d); l = sum(e)",
        loss="l",
    )
    front = trace(f.graph, [f["w"]])[f["w"]].front
    assert [f.graph.ops[f.graph.edge(e).op].name for e in front] == ["item", "round"]


def test_a_barrier_sits_on_one_edge() -> None:
    f = flow("o = where(c!not-differentiable, a, b); l = sum(o)", loss="l")
    found = trace(f.graph, [f["a"], f["b"], f["c"]])
    assert [found[f[n]].verdict.value for n in "abc"] == ["whole", "whole", "cut"]


def test_a_shortest_way() -> None:
    f = flow("a = mul(w, w); b = mul(a, a); c = mul(b, w); l = sum(c)", loss="l")
    assert [f.graph.ops[f.graph.edge_ops[e]].name for e in way(f.graph, f["w"])] == ["mul", "sum"]
    assert way(f.graph, f["l"]) == ()


def test_edges_that_were_concluded_late() -> None:
    """Inferred edges are added at the end, so targets do not rise in the order of the edges."""
    f = flow("a = mul(x, w); b = item(a) !detached; c = add(y, z); l = sum(c)", loss="l")
    op = f.graph.add_op(Op("item", None))
    f.graph.add_edge(f["b"], f["c"], op, Barrier.LEFT_FRAMEWORK, inferred=True)
    found = trace(f.graph, [f["w"]])[f["w"]]
    assert found.verdict is Verdict.CUT
    assert [f.graph.edge(e).barrier for e in found.front] == [Barrier.LEFT_FRAMEWORK]
    assert way(f.graph, f["w"])


def _long(edges: int, every: int) -> tuple[FlowGraph, list[int]]:
    """A chain with a weight at each link, cut at many places by a few lines."""
    graph = FlowGraph()
    ops = [graph.add_op(Op("mul", SourceLocation("a.py", n + 1))) for n in range(50)]
    cuts = [graph.add_op(Op("detach", SourceLocation("a.py", n + 1))) for n in range(50)]
    weights = []
    current = graph.add_value()
    for number in range(edges // 2):
        weight = graph.add_value()
        weights.append(weight)
        target = graph.add_value()
        cut = number % every == 0
        op = cuts[number % 50] if cut else ops[number % 50]
        graph.add_edge(current, target, op, Barrier.DETACHED if cut else Barrier.NONE)
        graph.add_edge(weight, target, op, Barrier.DETACHED if cut else Barrier.NONE)
        current = target
    graph.losses = (current,)
    return graph, weights


def test_a_million_edges() -> None:
    graph, weights = _long(1_000_000, every=1000)
    began = time.process_time()
    found = trace(graph, weights)
    assert time.process_time() - began < 4  # 1.2 s on an idle machine
    assert found[weights[-1]].verdict is Verdict.WHOLE
    assert found[weights[0]].verdict is Verdict.CUT
