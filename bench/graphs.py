"""Diagnosis of one step as large as a step gets: a flow graph made by hand, no framework."""

from __future__ import annotations

import gc

import step_time

from whygrad.diagnosis.diagnose import diagnose
from whygrad.flow.graph import Barrier, FlowGraph, Op
from whygrad.flow.recording import Dialect, Event, EventKind, Optimizer, Recording, Step
from whygrad.flow.variable import Holding, Home, Observed, Variable
from whygrad.model.report import Gradient, ModelRow
from whygrad.model.source import SourceLocation


def diagnosed_in(edges: int) -> float:
    """Seconds to diagnose a residual network of that many edges, with a hundred cuts in it."""
    recording = made(edges)
    recording.check()
    gc.collect()
    began = step_time.clock()
    diagnosis = diagnose([recording])
    elapsed = step_time.clock() - began
    if not diagnosis.findings:
        raise SystemExit("the graph has cuts, and diagnosis found nothing")
    return elapsed


def made(edges: int, every: int = 1000, cuts: int = 100) -> Recording:
    """Blocks of four edges: input and weight to product, product and input to sum.

    Every `every`-th block has a weight of its own, the other blocks share a constant. At
    `cuts` of those weights the edge is detached.
    """
    graph = FlowGraph()
    blocks = edges // 4
    own = [block for block in range(blocks) if block % max(1, blocks // every) == 0]
    weights = {block: graph.add_value() for block in own}
    constant = graph.add_value()
    current = graph.add_value()
    cut = set(own[:: max(1, len(own) // cuts)])
    op = graph.add_op(Op("mul", SourceLocation("net.py", 7, function="Net.forward")))
    add = graph.add_op(Op("add", SourceLocation("net.py", 8, function="Net.forward")))
    detach = graph.add_op(Op("detach", SourceLocation("net.py", 6, function="Net.forward")))
    for block in range(blocks):
        product, total = graph.add_value(), graph.add_value()
        barred = block in cut
        graph.add_edge(
            weights.get(block, constant),
            product,
            detach if barred else op,
            Barrier.DETACHED if barred else Barrier.NONE,
        )
        graph.add_edge(current, product, op)
        graph.add_edge(product, total, add)
        graph.add_edge(current, total, add)
        current = total
    graph.losses = (current,)
    variables = tuple(_variable(block, value, block in cut) for block, value in weights.items())
    place = SourceLocation("train.py", 20)
    kinds = (EventKind.BUILT, EventKind.CLEARED, EventKind.DIFFERENTIATED, EventKind.STEPPED)
    return Recording(
        dialect=Dialect("torch", "nn.Parameter", "model.parameters()"),
        versions={"torch": "2.13.0"},
        models=(ModelRow("model", "Net", "torch", SourceLocation("net.py", 1)),),
        variables=variables,
        steps=(Step(graph, differentiated=True, stepped=True),),
        events=tuple(Event(kind, 0, place, "optimizer") for kind in kinds),
        optimizers=(Optimizer("optimizer", "Adam", place, (len(variables),), (1e-3,), 1),),
    )


def _variable(block: int, value: int, cut: bool) -> Variable:
    seen = Observed(
        value=value,
        trainable=True,
        gradient=Gradient.NONE if cut else Gradient.FINITE,
        gradient_norm=None if cut else 1.0,
        weight_norm=1.0,
        moved=not cut,
        had_gradient_after_backward=not cut,
        identity=block + 1,
    )
    return Variable(
        name=f"model.blocks.{block}.weight",
        model="model",
        owner="Block",
        home=Home.REGISTERED,
        shape=(8, 8),
        dtype="float32",
        trainable=True,
        leaf=True,
        floating=True,
        holders=(Holding("optimizer", 0, 1e-3),),
        steps=(seen,),
        made_at=SourceLocation("net.py", 3),
    )
