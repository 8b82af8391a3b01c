"""Runs a traced function once more, apart, to learn the numbers of its gradients.

Op by op and eagerly, on what its variables hold; what it writes on them is written on copies. What
would be seen outside (printing, Python functions) is left out, and what depends on that is unknown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final

from whygrad.backends.keras.inventory.handles import handle_of
from whygrad.backends.keras.inventory.measuring import UNMEASURED, measure
from whygrad.backends.tensorflow.kinds import FLEETING, is_variable_op, writes
from whygrad.backends.tensorflow.replay.apart import apart
from whygrad.backends.tensorflow.replay.executing import RULES, execute
from whygrad.backends.tensorflow.replay.keeping import read
from whygrad.backends.tensorflow.replay.widening import Wider
from whygrad.backends.tensorflow.traced import graphs
from whygrad.backends.tensorflow.traced.feeding import NEXT
from whygrad.backends.tensorflow.traced.graphs import Written
from whygrad.backends.tensorflow.traced.moments import moments_of
from whygrad.backends.tensorflow.traced.planning import Plan, Plans
from whygrad.backends.tensorflow.traced.runs import Moment, TracedAsk
from whygrad.backends.tensorflow.traced.tracing import CALLS
from whygrad.backends.tensorflow.traced.unfolding import Attributes
from whygrad.model.report import Gradient

ROUNDS: Final = 4096
"""A loop that goes round more often is not followed."""

BUDGET: Final = 20.0
"""Seconds of computing."""

_ALLOWED: Final = frozenset(("LookupTableFind", "LookupTableFindV2", "LookupTableSizeV2"))
"""Ops with a state that they only look at."""

_SEEDS: Final = ("seed", "seed2")


class _Unknown:
    """A tensor whose numbers are not known."""


UNKNOWN: Final = _Unknown()


class _Enough(Exception):  # noqa: N818 - it is no error
    """Everything that was asked has been told."""


class Rerun:
    """Such runs of the functions of one observation."""

    def __init__(
        self, written: Written, unheard: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._plans = Plans(written)
        self._unheard = unheard
        self._spent = 0.0
        self._healthy = False

    def moments(
        self, graph: Any, args: Sequence[Any], batches: dict[int, list[Any]]
    ) -> tuple[Moment, ...]:
        """The moments of a run with these arguments; `batches` are what its iterators give next,
        by the `_id` of the iterator's handle.
        """
        began = time.process_time()
        run = _Run(self._plans, len(moments_of(graph)), batches)
        apart(self._unheard, lambda: run.whole(graph, args))
        self._spent += time.process_time() - began
        self._healthy = all(map(_is_healthy, run.told))
        return tuple(run.told)

    @property
    def enough(self) -> bool:
        """Whether so much time went into this that it is left, as long as all looks well: in a long
        `watch` every step is observed.
        """
        return self._spent > BUDGET and self._healthy


class _Run:
    def __init__(self, plans: Plans, wanted: int, batches: dict[int, list[Any]]) -> None:
        self.plans = plans
        self.wanted = wanted
        self.batches = batches
        self.told: list[Moment] = []
        self._seen: set[int] = set()
        self._held: dict[int, Any] = {}
        """What the variables hold now, by the `_id` of the handle."""

    def whole(self, graph: Any, args: Sequence[Any]) -> None:
        try:
            self.graph(graph, args, outputs=False, writes=False)
        except _Enough:
            return

    def graph(self, graph: Any, args: Iterable[Any], *, outputs: bool, writes: bool) -> list[Any]:
        """Run one graph; give its outputs."""
        plan = self.plans.of(graph, outputs=outputs, writes=writes)
        found = {t._id: arg for t, arg in zip(graph.inputs, args, strict=False)}
        for item, drops in zip(plan.todo, plan.drops, strict=True):
            if hasattr(item, "type"):
                self._op(item, found, plan)
            else:
                self._tell(item, found, plan)
            for tensor_id in drops:
                found.pop(tensor_id, None)
        return [self._value(t, found, plan) for t in graph.outputs] if outputs else []

    def _tell(self, moment: Moment, found: dict[int, Any], plan: Plan) -> None:
        if id(moment) in self._seen:
            return
        self._seen.add(id(moment))
        if isinstance(moment, TracedAsk):
            results = tuple(_concrete(result, found) for result in moment.results)
            self.told.append(replace(moment, results=results, of=moment))
        else:
            gradients = tuple(_concrete(result, found) for result in moment.gradients)
            if hasattr(moment.rate, "graph"):
                # A schedule is asked within the update, which is not noted op by op.
                self._value(moment.rate, found, plan)
            rate = _number(moment.rate, found)
            self.told.append(replace(moment, gradients=gradients, rate=rate, of=moment))
        if len(self.told) == self.wanted:
            raise _Enough

    def _value(self, tensor: Any, found: dict[int, Any], plan: Plan) -> Any:
        """What a tensor is; some ops are handed what is made behind them in the graph."""
        todo = [tensor]
        while todo:
            last = todo[-1]
            if last._id in found:
                todo.pop()
                continue
            missing = [t for t in last.op.inputs if t._id not in found]
            if missing and len(todo) < ROUNDS:
                todo += missing
                continue
            todo.pop()
            found[last._id] = UNKNOWN
            self._op(last.op, found, plan)
        return found[tensor._id]

    def _op(self, op: Any, found: dict[int, Any], plan: Plan) -> None:
        inputs = [self._value(tensor, found, plan) for tensor in op.inputs]
        made = self._made(op, inputs, op.name in plan.writes)
        for place, tensor in enumerate(op.outputs):
            found[tensor._id] = made[place] if place < len(made) else UNKNOWN

    def _made(self, op: Any, inputs: list[Any], written: bool) -> Sequence[Any]:
        kind = op.type
        if kind in CALLS or kind in graphs.BRANCHES or kind in graphs.LOOPS:
            return self._called(op, inputs, written)
        if kind in NEXT:
            return self._next(op, inputs)
        if is_variable_op(kind) and inputs and kind not in FLEETING | {"ReadVariableOp"}:
            return self._on_variable(op, inputs)
        if kind == "ReadVariableOp":
            return [self._read(inputs[0])]
        if kind == "RngReadAndSkip":
            return [self._read(inputs[0])]
        return self._plain(op, inputs)

    def _plain(self, op: Any, inputs: list[Any]) -> Sequence[Any]:
        unknown = any(each is UNKNOWN for each in inputs)
        if unknown or op.type == "Placeholder" or not _may_run(op):
            return ()
        given: Any = Attributes(op)
        if op.type in FLEETING:
            given = _Reseeded(op)
        try:
            return execute(op.type, inputs, given, len(op.outputs), Wider())
        except Exception:
            return ()  # what XLA alone can do, for one

    # -- variables

    def _read(self, handle: Any) -> Any:
        if handle is UNKNOWN:
            return UNKNOWN
        held = self._held.get(handle._id)
        if held is None:
            try:
                held = self._held[handle._id] = read(handle)
            except Exception:
                held = UNKNOWN
        return held

    def _on_variable(self, op: Any, inputs: list[Any]) -> Sequence[Any]:
        handle = inputs[0]
        if handle is UNKNOWN:
            return ()
        rest = inputs[1:]
        known = all(each is not UNKNOWN for each in rest) and op.type in RULES
        made: Sequence[Any] = ()
        if known:
            held = rest[0] if op.type == "AssignVariableOp" else self._read(handle)
            if held is not UNKNOWN:
                try:
                    made = execute(op.type, [held, *rest], Attributes(op), 1, Wider())
                except Exception:
                    made = ()
        if writes(op.type):
            self._held[handle._id] = made[0] if made else UNKNOWN
            return ()
        return made

    # -- what runs other graphs

    def _called(self, op: Any, inputs: list[Any], written: bool) -> Sequence[Any]:
        inner = graphs.called(op)
        if not inner or any(graph is None for graph in inner):
            return ()
        if op.type in CALLS:
            return self.graph(inner[0], inputs, outputs=True, writes=written)
        if op.type in graphs.LOOPS:
            return self._loop(inner, inputs)
        decides, *rest = inputs
        if decides is UNKNOWN:
            return ()
        place = int(decides._numpy())
        # A branch index out of bounds takes the last branch.
        place = place if 0 <= place < len(inner) else len(inner) - 1
        return self.graph(inner[place], rest, outputs=True, writes=written)

    def _loop(self, inner: list[Any], carried: list[Any]) -> Sequence[Any]:
        condition, body = inner
        for _ in range(ROUNDS):
            (goes_on, *_rest) = self.graph(condition, carried, outputs=True, writes=True)
            if goes_on is UNKNOWN:
                return ()
            if not bool(goes_on._numpy()):
                return carried
            carried = self.graph(body, carried, outputs=True, writes=True)
        return ()

    def _next(self, op: Any, inputs: list[Any]) -> Sequence[Any]:
        handle = inputs[0]
        waiting = [] if handle is UNKNOWN else self.batches.get(handle._id, [])
        if not waiting:
            return ()
        batch = waiting.pop(0)
        if op.type != "IteratorGetNextAsOptional":
            return tuple(batch)
        from tensorflow.python.ops import gen_optional_ops

        return [gen_optional_ops.optional_from_value(list(batch))]


class _Reseeded(Attributes):
    """Seeds of our own: an eager op of the same seeds would be drawn from the person's numbers."""

    def items(self) -> Any:
        """Name and `AttrValue` of each."""
        from tensorflow.core.framework import attr_value_pb2

        found = dict(super().items())
        for name in _SEEDS:
            if name in found:
                found[name] = attr_value_pb2.AttrValue(i=0x77_68_79_67)
        return found.items()


def _may_run(op: Any) -> bool:
    if not op.op_def.is_stateful or op.type in _ALLOWED:
        return True
    # Drawing from a generator would move it on.
    handles = any(graphs.is_resource(tensor) for tensor in op.inputs)
    return op.type in FLEETING - {"PyFunc"} and not handles


def _concrete(result: Any, found: dict[int, Any]) -> Any:
    """A gradient with its numbers."""
    if result is None:
        return None
    indices = getattr(result, "indices", None)
    if indices is None:
        number = found.get(result._id, UNKNOWN) if hasattr(result, "_id") else UNKNOWN
        return UNMEASURED if number is UNKNOWN else number
    parts = [found.get(part._id, UNKNOWN) for part in (result.values, indices)]
    if any(part is UNKNOWN for part in parts):
        return UNMEASURED
    return type(result)(*parts)


def _is_healthy(moment: Moment) -> bool:
    """Whether every gradient that was asked for is there, and is a usable number."""
    results = moment.results if isinstance(moment, TracedAsk) else ()
    return all(measure(result).kind is Gradient.FINITE for result in results)


def _number(rate: Any, found: dict[int, Any]) -> float | None:
    handle = handle_of(rate)
    if handle is not None:
        rate = read(handle)
    elif hasattr(rate, "graph"):
        rate = found.get(rate._id, UNKNOWN)
    try:
        return float(rate._numpy() if hasattr(rate, "_numpy") else rate)
    except (TypeError, ValueError):
        return None  # a schedule that nobody has asked
