"""What an iterator gives a traced function next, known before the function asks for it.

`fit` hands its train function an iterator, and the batch is fetched inside of the graph. For a run
whose numbers are wanted the batch is fetched before, and the function is given an iterator in place
of the person's that gives this batch, and then goes on with theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from whygrad.backends.tensorflow.traced import graphs

NEXT: Final = frozenset(("IteratorGetNext", "IteratorGetNextSync", "IteratorGetNextAsOptional"))


@dataclass(slots=True)
class Fed:
    """The arguments to run a function with."""

    args: list[Any]
    batches: dict[int, list[Any]] = field(default_factory=dict)
    """What each iterator gives first, by the `_id` of the handle among `args`."""
    fetched: dict[int, Any] = field(default_factory=dict)
    """The same, by the place of the iterator among the arguments."""
    kept: list[Any] = field(default_factory=list)
    """Lives as long as the run."""
    over: bool = False
    """An iterator is at its end: there is nothing to run on."""
    error: Exception | None = None
    """What fetching the batch raised: the run is to raise it."""
    failed: str = ""
    """The name of the op that would have fetched it."""


class _Asked(NamedTuple):
    """An op that asks an iterator for a batch; whether that may happen more than once."""

    op: Any
    again: bool


def feed(graph: Any, args: Sequence[Any]) -> Fed:
    """Fetch what the iterators among the arguments of a function give next."""
    fed = Fed(list(args))
    for place, asked in sorted(_asked(graph).items()):
        if place >= len(args) or not hasattr(args[place], "_datatype_enum"):
            continue
        if "CPU" not in args[place].device:
            continue
        _fetch(fed, place, asked)
        if fed.over or fed.error is not None:
            break
    return fed


def _fetch(fed: Fed, place: int, asked: _Asked) -> None:
    from tensorflow.python.data.ops import options
    from tensorflow.python.framework import dtypes, errors
    from tensorflow.python.ops import gen_dataset_ops as ops

    handle = fed.args[place]
    types = [dtypes.as_dtype(kind) for kind in asked.op.get_attr("output_types")]
    shapes = asked.op.get_attr("output_shapes")
    try:
        batch = ops.iterator_get_next(handle, types, shapes)
    except errors.OutOfRangeError:
        fed.over = True  # it will say so again
        return
    except Exception as error:
        fed.error, fed.failed = error, asked.op.name
        return
    dataset = ops.tensor_dataset(batch, shapes)
    fed.kept += [handle, dataset]
    if asked.again:
        rest, kept = _rest(handle, types, shapes)
        dataset = ops.concatenate_dataset(dataset, rest, types, shapes)
        fed.kept += [rest, kept, dataset]
    # Left alone, tf.data fetches ahead (2.21), and takes what the person's iterator is to give.
    as_it_is = options.Options()
    as_it_is.autotune.enabled = False
    as_it_is.experimental_optimization.apply_default_optimizations = False
    told = as_it_is._to_proto().SerializeToString()
    dataset = ops.options_dataset(dataset, told, types, shapes)
    fed.kept.append(dataset)
    iterator = ops.anonymous_iterator_v3(types, shapes)
    ops.make_iterator(dataset, iterator)
    fed.args[place] = iterator
    fed.batches[iterator._id] = [batch]
    fed.fetched[place] = batch


def _rest(handle: Any, types: Any, shapes: Any) -> tuple[Any, Any]:
    """A dataset that gives what the iterator still has, each when it is asked for."""
    from tensorflow.python.eager import wrap_function
    from tensorflow.python.framework import constant_op, dtypes
    from tensorflow.python.framework.tensor import TensorSpec
    from tensorflow.python.ops import gen_dataset_ops as ops

    def following(number: Any) -> Any:
        return ops.iterator_get_next(handle, types, shapes)

    zero, one, many = (constant_op.constant(n, dtypes.int64) for n in (0, 1, 1 << 62))
    numbers = ops.range_dataset(zero, many, one, [dtypes.int64], [[]])
    # No `tf.function`: it would count as one that is traced again and again, and warn.
    function = wrap_function.wrap_function(following, [TensorSpec([], dtypes.int64)])
    captured = list(function.captured_inputs)
    dataset = ops.map_dataset(
        numbers, captured, function, types, shapes, preserve_cardinality=False
    )
    return dataset, (function, captured, numbers)


def _asked(graph: Any, looped: bool = False) -> dict[int, _Asked]:
    """Which inputs of a graph are iterators that it asks for a batch."""
    places = {t._id: n for n, t in enumerate(graph.inputs) if graphs.is_resource(t)}
    found: dict[int, _Asked] = {}
    if not places:
        return found
    for op in graphs.ops_of(graph):
        if op.type in NEXT:
            asks = {0: _Asked(op, looped)}
        else:
            asks = {}
            for inner in graphs.called(op):
                if inner is not None:
                    asks |= _asked(inner, looped or op.type in graphs.LOOPS)
        given = graphs.arguments(op)
        for place, asked in asks.items():
            handle = given[place] if place < len(given) else None
            own = None if handle is None else places.get(handle._id)
            if own is not None:
                found[own] = _Asked(asked.op, asked.again or own in found)
    return found


def raise_as_in_graph(fed: Fed, function: Any) -> None:
    """Raise what fetching a batch raised, as the function would have raised it."""
    from tensorflow.python.eager.polymorphic_function import atomic_function

    error: Any = fed.error
    text = re.sub(r"^\{\{function_node __wrapped__[^}]*\}\} ", "", str(error.message))
    text = re.sub(r" \[Op:IteratorGetNext\](?: name: ?)?$", "", text)
    node = fed.failed if "{{node " in text else f"{{{{node {fed.failed}}}}}"
    name = function.name.decode() if isinstance(function.name, bytes) else function.name
    message = f"{{{{function_node {name}}}}} {text}\n\t [[{node}]] [Op:{name}]"
    with atomic_function.InterpolateRuntimeError(function):
        raise type(error)(None, None, message)
