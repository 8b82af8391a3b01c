"""Ops of a graph that are no records of the step: run as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from whygrad.backends.tensorflow.kinds import FLEETING
from whygrad.backends.tensorflow.replay.executing import execute
from whygrad.backends.tensorflow.replay.widening import Wider
from whygrad.backends.tensorflow.traced import graphs
from whygrad.backends.tensorflow.traced.closures import Joined
from whygrad.backends.tensorflow.traced.tracing import CALLS
from whygrad.flow.replaying import CannotReplayError

ROUNDS: Final = 10_000
"""A loop that goes round more often is not followed."""


def is_true(tensor: Any) -> bool:
    """Whether a condition holds."""
    return bool(np.any(tensor._numpy()))


def branch(tensor: Any, count: int) -> int:
    """Which branch an index, or a condition, takes; the last one where there is none of it."""
    place = int(tensor._numpy())
    return place if 0 <= place < count else count - 1


def run_graph(graph: Any, args: Iterable[Any], wider: Wider) -> list[Any]:
    """The outputs of a function's graph; None stands for a tensor that is not known."""
    known = {t._id: a for t, a in zip(graph.inputs, args, strict=False) if a is not None}
    return [_if_known(tensor, known, wider) for tensor in graph.outputs]


def _if_known(tensor: Any, known: dict[int, Any], wider: Wider) -> Any:
    """An output; None where it is made of something that is not known, which nobody may ask for:
    what a tape keeps for the way back, for one.
    """
    try:
        return evaluated(tensor, known, wider)
    except CannotReplayError:
        return None


def rounds(op: Any, carried: Sequence[Any], wider: Wider) -> list[Any]:
    """What a loop comes to from here on."""
    condition, body = graphs.called(op)
    now = list(carried)
    for _ in range(ROUNDS):
        if not is_true(run_graph(condition, now, wider)[0]):
            return now
        # A handle that is handed round is what it was.
        made = run_graph(body, now, wider)
        now = [old if one is None else one for one, old in zip(made, now, strict=False)]
    raise CannotReplayError("a loop in it goes round too often")


def chosen(
    joined: Joined,
    needed: Callable[[int], Any],
    held: Callable[[int], Any],
    looped: dict[int, list[Any]],
    wider: Wider,
) -> Any:
    """What comes out of a conditional or a loop in this run. `needed` gives the tensor of a value,
    or raises; `held` gives None. `looped` is what loops have come to so far.
    """
    if joined.op.type in graphs.BRANCHES:
        return needed(joined.ways[branch(needed(joined.decides[0]), len(joined.ways))])
    for number, goes_on in enumerate(joined.decides):
        if not is_true(needed(goes_on)):
            return needed(joined.ways[number])
    found = looped.get(id(joined.op))
    if found is None:
        carried = [held(value) for value in joined.carried]
        found = looped[id(joined.op)] = rounds(joined.op, carried, wider)
    if found[joined.position] is None:
        raise CannotReplayError("a loop inside of a traced function reads what was not kept")
    return found[joined.position]


def evaluated(wanted: Any, known: dict[int, Any], wider: Wider, *, narrow: bool = False) -> Any:
    """A symbolic tensor in numbers; `known` is what is given, and what was found on the way.
    `narrow`: in the dtypes that the graph was traced with.
    """
    todo = [wanted]
    while todo:
        tensor = todo[-1]
        if tensor._id in known:
            todo.pop()
            continue
        op = tensor.op
        missing = [one for one in op.inputs if one._id not in known]
        if missing:
            todo += missing
            continue
        inputs = [known[one._id] for one in op.inputs]
        if narrow:
            inputs = [_typed(one, own.dtype) for one, own in zip(inputs, op.inputs, strict=True)]
        made = _made(op, inputs, wider)
        known.update((out._id, one) for out, one in zip(op.outputs, made, strict=False))
        if tensor._id not in known:
            raise CannotReplayError(f"`{op.type}` inside of a traced function cannot be run again")
    return known[wanted._id]


def _made(op: Any, inputs: list[Any], wider: Wider) -> Sequence[Any]:
    if op.type == "Placeholder":
        if graphs.is_resource(op.outputs[0]):
            return [None]  # asked about only by an op that cannot be run again either
        raise CannotReplayError("a traced function reads something that was not kept")
    if any(one is None for one in inputs) or op.type in FLEETING - {"ReadVariableOp"}:
        raise CannotReplayError(f"`{op.type}` inside of a traced function cannot be run again")
    if op.type in CALLS:
        return run_graph(_only(op), inputs, wider)
    if op.type in graphs.BRANCHES:
        inner = graphs.called(op)
        return run_graph(inner[branch(inputs[0], len(inner))], inputs[1:], wider)
    if op.type in graphs.LOOPS:
        return rounds(op, inputs, wider)
    return execute(op.type, inputs, dict(op.node_def.attr), len(op.outputs), wider)


def _only(op: Any) -> Any:
    (inner,) = graphs.called(op)
    if inner is None:
        raise CannotReplayError("it calls a function that could not be taken apart")
    return inner


def _typed(tensor: Any, dtype: Any) -> Any:
    from tensorflow.python.ops import math_ops

    if tensor is None or tensor.dtype == dtype or not dtype.is_floating:
        return tensor
    return math_ops.cast(tensor, dtype)
