"""What a function of gradients is asked about: it is followed from the argument to the loss,
whatever the argument holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from whygrad.source.dataflow.values import ANY, Cut, Flow, Root, Sort, Value

SOURCE: Final = "source"
"""The kind of root that stands for such an argument."""


def marked(value: Value, root: Root) -> Value:
    """An argument that is known again wherever it goes. A model is not: its layers are."""
    if value.of(Sort.INSTANCE) or value.of(Sort.MODULE) or value.of(Sort.OPTIMIZER):
        return value
    parts = tuple((key, marked(part, root)) for key, part in value.parts)
    return Value(value.flows | {Flow(root)}, value.objects, parts, value.known)


def carried(value: Value, params: Value, others: Iterable[Value]) -> Value:
    """What a model gives whose parameters are handed to it: they go the ways of its layers."""
    sources = [f for f in params.flows if f.root.kind == SOURCE]
    if not sources:
        return value
    given = {root for v in others for root in v.live}
    return _with(value, sources, given)


def _with(value: Value, sources: list[Flow], given: set[Root]) -> Value:
    own = [f for f in value.flows if f.root not in given and f.root is not ANY]
    ends: set[Cut | None] = {f.cut for f in own if f.root.kind in ("module", "parameter")}
    if not ends or None in ends:
        ends = {None}
    ways = {f if f.cut is not None else f._replace(cut=end) for f in sources for end in ends}
    parts = tuple((key, _with(part, sources, given)) for key, part in value.parts)
    return Value(value.flows | ways, value.objects, parts, value.known)


def unmarked(value: Value, root: Root) -> Value:
    """What is given back: outside nobody asks by that argument."""
    flows = frozenset(f for f in value.flows if f.root != root)
    parts = tuple((key, unmarked(part, root)) for key, part in value.parts)
    return Value(flows, value.objects, parts, value.known)


def without(flows: Iterable[Flow]) -> frozenset[Flow]:
    """Ways of what learns, without those of arguments."""
    return frozenset(f for f in flows if f.root.kind != SOURCE)
