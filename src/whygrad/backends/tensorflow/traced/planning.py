"""Which ops of a graph have to run again for its gradients to be known, and what is let go of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from whygrad.backends.tensorflow.place import parts_of
from whygrad.backends.tensorflow.traced import graphs
from whygrad.backends.tensorflow.traced.graphs import Written
from whygrad.backends.tensorflow.traced.moments import moments_of
from whygrad.backends.tensorflow.traced.runs import Moment, TracedAsk, TracedUpdate
from whygrad.backends.tensorflow.traced.tracing import Made, trace_of


@dataclass(slots=True)
class Plan:
    """What to do with one graph, in order."""

    todo: list[Any] = field(default_factory=list)
    """Ops and moments."""
    drops: list[tuple[int, ...]] = field(default_factory=list)
    """After each of them, the tensors (by `_id`) that nothing needs any more."""
    writes: frozenset[str] = frozenset()
    """Ops that are there for what they write as well."""


def symbols_of(moment: Moment) -> Iterable[Any]:
    """The symbolic tensors whose numbers a moment tells."""
    results = moment.results if isinstance(moment, TracedAsk) else (*moment.gradients, moment.rate)
    for result in results:
        if getattr(result, "indices", None) is not None:
            yield result.indices
        yield from (part for part in parts_of(result) if hasattr(part, "graph"))


class Plans:
    """Makes the plan of each graph once."""

    def __init__(self, written: Written) -> None:
        self._written = written
        self._known: dict[tuple[int, bool, bool], tuple[Any, Plan]] = {}

    def of(self, graph: Any, *, outputs: bool, writes: bool) -> Plan:
        """`outputs`: what it gives is needed; `writes`: what it writes on variables is."""
        key = (id(graph), outputs, writes)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = graph, self._make(graph, outputs, writes)
        return known[1]

    def _make(self, graph: Any, outputs: bool, all_writes: bool) -> Plan:
        needed = {tensor._id for tensor in graph.outputs} if outputs else set()
        read: set[int] = set()
        plan, kept = Plan(), []
        writes: set[str] = set()
        for item in reversed(_items(graph)):
            if isinstance(item, (TracedAsk, TracedUpdate)):
                needed.update(tensor._id for tensor in symbols_of(item))
                kept.append(item)
                continue
            if item.type == "Placeholder":
                continue
            handles = self._written.handles(item)
            written = all_writes or any(handle._id in read for handle in handles)
            if handles and written:
                writes.add(item.name)
            elif not (any(t._id in needed for t in item.outputs) or _tells(item)):
                continue
            kept.append(item)
            for tensor in item.inputs:
                needed.add(tensor._id)
                if graphs.is_resource(tensor):
                    read.add(tensor._id)
        plan.todo = kept[::-1]
        plan.writes = frozenset(writes)
        plan.drops = _drops(plan.todo, {tensor._id for tensor in graph.outputs})
        return plan


def _items(graph: Any) -> list[Any]:
    trace = trace_of(graph)
    if trace is None:
        return list(graph.get_operations())
    wanted = (Made, TracedAsk, TracedUpdate)
    items = (item for item in trace.items if isinstance(item, wanted))
    return [item.op if isinstance(item, Made) else item for item in items]


def _tells(op: Any) -> bool:
    return any(inner is not None and moments_of(inner) for inner in graphs.called(op))


def _drops(todo: list[Any], outputs: set[int]) -> list[tuple[int, ...]]:
    last: dict[int, int] = {}
    for place, item in enumerate(todo):
        moment = isinstance(item, (TracedAsk, TracedUpdate))
        for tensor in symbols_of(item) if moment else item.inputs:
            last[tensor._id] = place
    drops: list[list[int]] = [[] for _ in todo]
    for tensor_id, place in last.items():
        if tensor_id not in outputs:
            drops[place].append(tensor_id)
    return [tuple(ids) for ids in drops]
