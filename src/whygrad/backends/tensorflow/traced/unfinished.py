"""A function that failed while it was traced: what there is of its graph, as if it had run."""

from __future__ import annotations

from typing import Any

from whygrad.backends.tensorflow.eager import Eager
from whygrad.backends.tensorflow.log import Call


def put(eager: Eager, graph: Any, site: int) -> None:
    """Note the call of a graph that will never be called: nobody uses it any more."""
    captured = {id(inside): outside for outside, inside in graph.captures}
    known = {id(tensor) for tensor in graph.inputs}
    # Captures become inputs when the tracing is done, which it never will be.
    graph.inputs.extend(inside for _, inside in graph.captures if id(inside) not in known)
    ins = []
    for tensor in graph.inputs:
        outside = _outermost(captured.get(id(tensor)))
        ins.append(-1 if outside is None else eager.number(outside))
    eager.log.records.append(Call(graph, tuple(ins), (), site, eager.active, eager.phase))


def _outermost(tensor: Any) -> Any:
    """The eager tensor or handle that a graph, or the graph around it, has captured."""
    while tensor is not None and not hasattr(tensor, "_datatype_enum"):
        graph = tensor.graph
        found = (outside for outside, inside in graph.captures if inside is tensor)
        tensor = next(found, None)
    return tensor
