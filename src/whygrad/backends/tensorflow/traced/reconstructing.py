"""What a graph tells that was traced before anyone looked on.

TensorFlow names what a tape computes on its way back after the op that it is the gradient of
(`gradient_tape/dense/MatMul/...`, TensorFlow 2.16 to 2.21). So the way back can be told from the
way forth, the loss is where the way back begins, and a variable that something from the way back
is written on is one that an optimizer updates. Which variables a tape was asked about besides, and
the numbers, is not known.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any, Final

from whygrad.backends.keras.inventory.handles import handle_of
from whygrad.backends.keras.inventory.measuring import UNMEASURED
from whygrad.backends.keras.inventory.modules import is_optimizer
from whygrad.backends.tensorflow.log import Phase, Taped
from whygrad.backends.tensorflow.traced import graphs
from whygrad.backends.tensorflow.traced.runs import TracedAsk, TracedUpdate
from whygrad.backends.tensorflow.traced.tracing import Made, Trace
from whygrad.backends.tensorflow.traced.untold import site_of
from whygrad.runtime.callsite import Callsites

_BACK: Final = "gradient_tape/"


def reconstructed(graph: Any, callsites: Callsites, written: graphs.Written) -> Trace:
    """A trace of a graph, as far as it can be told from the graph alone."""
    trace = Trace(callsites)
    ops = graph.get_operations()
    back = _way_back(graph, ops, written)
    if not back:
        trace.items += (Made(op, site_of(op, callsites), 0, Phase.FORWARD, 0) for op in ops)
        return trace
    forth = [op for op in ops if op.name not in back]
    trace.items.append(Taped(1, 0, True, 0))
    trace.log.tapes[1] = Taped(1, 0, True, 0)
    trace.items += (Made(op, site_of(op, callsites), 1, Phase.FORWARD, 0) for op in forth)
    trace.items += (Made(op, 0, 0, Phase.UPDATE, 0) for op in ops if op.name in back)
    writing = [op for op in ops if written.handles(op)]
    _tell(trace, graph, _losses(forth, back), (writing, back), written)
    return trace


def _way_back(graph: Any, ops: list[Any], written: graphs.Written) -> set[str]:
    """Names of the ops of the way back, and of what is made of it: the update, also by way of
    what an optimizer keeps.
    """
    found = {op.name for op in ops if op.name.startswith(_BACK)}
    if not found:
        return found
    kept = {v.handle._id for v in graph.variables if not v.trainable}
    inside = {place._id: getattr(handle, "_id", None) for handle, place in graph.captures}
    marked: set[int] = set()
    for op in ops:
        if any(t.op.name in found or t._id in marked for t in op.inputs):
            found.add(op.name)
        if op.name in found:
            handles = written.handles(op)
            marked.update(handle._id for handle in handles if inside.get(handle._id) in kept)
    return found


def _losses(forth: list[Any], back: set[str]) -> list[Any]:
    """Where the way back begins: tensors that have a gradient, and nothing behind them has."""
    scopes = {name[len(_BACK) :] for name in back if name.startswith(_BACK)}
    differentiated = {part for scope in scopes for part in _prefixes(scope)}
    ends: dict[str, Any] = {}
    behind: set[str] = set()
    for op in reversed(forth):
        if op.name in differentiated and op.name not in behind and op.outputs:
            ends[op.name] = op.outputs[0]
        if op.name in behind or op.name in differentiated:
            behind.update(tensor.op.name for tensor in op.inputs)
    return list(ends.values())


def _prefixes(scope: str) -> Iterator[str]:
    parts = scope.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


def _tell(
    trace: Trace,
    graph: Any,
    losses: list[Any],
    writing: tuple[list[Any], set[str]],
    written: graphs.Written,
) -> None:
    """Note what a run of it asks for, and who updates."""
    outside = {
        inside._id: captured._id
        for captured, inside in graph.captures
        if hasattr(captured, "_datatype_enum")
    }
    ops, back = writing
    handles = [(op, outside.get(handle._id)) for op in ops for handle in written.handles(op)]
    keys = {key for op, key in handles if op.name in back}
    variables = [v for v in graph.variables if handle_of(v) is not None]
    trained = [v for v in variables if v.trainable and handle_of(v)._id in keys]
    if not losses or not trained:
        return
    holding = _optimizers({key for _, key in handles})
    asked = {handle_of(v)._id: v for v in trained}
    for optimizer in holding:
        asked |= {handle_of(v)._id: v for v in _of(optimizer) if handle_of(v) is not None}
    sources = tuple(asked.values())
    given = tuple(UNMEASURED if key in keys else None for key in asked)
    trace.asks(_Unknown, losses, sources, None)
    trace.items[-1] = trace.log.asks[-1]._replace(tape=1)
    trace.moment(TracedAsk(sources, given, 0, tuple(True for _ in sources)))
    for optimizer in holding:
        mine = {handle_of(v)._id: v for v in _of(optimizer) if handle_of(v) is not None} or asked
        gradients = tuple(UNMEASURED if key in keys else None for key in mine)
        trace.moment(TracedUpdate(optimizer, gradients, tuple(mine.values()), 0))


class _Unknown:
    """A tape that nobody has seen."""


def _optimizers(keys: set[int | None]) -> list[Any]:
    """Those that a graph counts an update of."""
    found = []
    for each in gc.get_objects():
        if is_optimizer(each):
            count = handle_of(getattr(each, "iterations", None))
            if count is not None and count._id in keys:
                found.append(each)
    return [each for each in found if not hasattr(each, "inner_optimizer")]


def _of(optimizer: Any) -> list[Any]:
    return list(getattr(optimizer, "_trainable_variables", ()))
