"""What the causes of this family are made of: which cut explains a variable, and how sure it is.

A front may hold several cuts of different kinds. The first kind in differential order is the one
that is told: to mend one of them is enough for a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from whygrad.causes.mend import unflagged
from whygrad.causes.opening import opened
from whygrad.causes.rule import InCase, Match, Subject
from whygrad.causes.ways import Layer, layers, path_through
from whygrad.causes.words import at, every
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.flow.misplaced import misplaced
from whygrad.flow.tags import UNASKED
from whygrad.flow.trace import reason
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient, Status
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.files import Sources

_ORDER: Final = (
    Barrier.DETACHED,
    Barrier.GRAD_DISABLED,
    Barrier.LEFT_FRAMEWORK,
    Barrier.REWRAPPED,
    Barrier.INTEGER,
    Barrier.NOT_DIFFERENTIABLE,
    Barrier.CUSTOM_GRADIENT,
    Barrier.UNEXPLAINED,
)

_MEANT: Final = frozenset({Barrier.DETACHED, Barrier.GRAD_DISABLED, Barrier.LEFT_FRAMEWORK})
"""How people keep a teacher or a target network from being trained."""

Saying = Callable[[Case, Op, Edge], tuple[str, tuple[str, ...]]]
"""What happened at the cut, as the end of a sentence, and further evidence."""
Mending = Callable[[Case, Op, Sources], Fix | None]
Placing = Callable[[Op], SourceLocation | None]
Undone = Callable[[Op], str]
"""What is done in a replay to let gradient pass, as `Undo.words` wants it."""


def own_place(op: Op) -> SourceLocation | None:
    """The call itself."""
    return op.place


def straight(op: Op) -> str:
    """Where no edit would do: the gradient of the output stands for that of the input."""
    return f"`{op.name}` passing gradient straight through"


def crosses(
    *barriers: Barrier,
    saying: Saying,
    mending: Mending,
    placing: Placing = own_place,
    undone: Undone = straight,
) -> InCase:
    """A detector for the variables whose every way to the loss is cut, here for this reason."""

    def in_case(case: Case, sources: Sources) -> Iterator[Match]:
        if not asked(case):
            return
        above: set[object] = set()
        for depth, layer in enumerate(layers(case)):
            met, above = above, above | {reason(graph, edge) for graph, edge in layer}
            edge = leading(layer, case.gradient)
            if edge is None or edge.barrier not in barriers:
                continue
            graph = layer[0][0]
            op = graph.ops[edge.op]
            said, more = saying(case, op, edge)
            severity = severity_of(case, edge.barrier)
            if edge.barrier is Barrier.CUSTOM_GRADIENT and _estimated(case, op):
                severity = Severity.NOTE
            yield Match(
                severity,
                placing(op) or op.place or case.variable.made_at,
                _sentence(case, said, depth),
                evidence=(*more, *_others(layer, edge), *_said(case)),
                measured=_measured(case),
                fix=_mend(case, op, sources, mending),
                path=path_through(case, edge) if depth == 0 else None,
                status=Status.UNKNOWN if severity is Severity.NOTE else None,
                undo=opened(case, edge, met, undone(op)),
            )

    return in_case


def _mend(case: Case, op: Op, sources: Sources, mending: Mending) -> Fix | None:
    fix = mending(case, op, sources)
    return unflagged(sources.module(fix.edits[0].path), fix) if fix and fix.edits else fix


def asked(case: Case) -> bool:
    """Whether a cut would explain this variable: it wants a gradient and never had one."""
    variable = case.variable
    return variable.trainable and variable.leaf and not case.got_gradient and bool(case.cuts)


def leading(layer: Layer, came: Gradient) -> Edge | None:
    """Of several cuts, the one to tell: by kind, then the most downstream. A gradient of zero
    did come all the way, so only what answers with zeros explains it.
    """
    edges = [edge for _, edge in layer]
    if came is Gradient.ZERO:
        custom = [edge for edge in edges if edge.barrier is Barrier.CUSTOM_GRADIENT]
        edges = custom or edges
    return min(edges, key=lambda edge: _ORDER.index(edge.barrier), default=None)


def cut_kind(case: Case) -> Barrier | None:
    """The kind of cut where it is one by which people keep a network from training."""
    if not asked(case):
        return None
    edge = leading(case.cuts, case.gradient)
    return edge.barrier if edge is not None and edge.barrier in _MEANT else None


def severity_of(case: Case, barrier: Barrier) -> Severity:
    """An error where somebody wants the variable trained, and nothing suggests that it is meant."""
    if barrier in _MEANT and (case.waiting or _held_instead(case)):
        return Severity.NOTE
    if case.aside or (case.variable.home is Home.LOOSE and not case.held and not _listed(case)):
        return Severity.NOTE
    if case.variable.home in (Home.PLAIN_CONTAINER, Home.HELPER_OBJECT) and barrier in _MEANT:
        return Severity.NOTE
    incomplete = any(not step.graph.complete for step in case.recording.steps)
    if incomplete or not case.recording.optimizers_known:
        return Severity.WARNING
    return Severity.ERROR


def _held_instead(case: Case) -> bool:
    """Whether its optimizer should hold another network: `not-in-optimizer` tells that."""
    wrong = misplaced(case.run) if case.held else frozenset()
    return any(holding.optimizer in wrong for holding in case.variable.holders)


def _listed(case: Case) -> bool:
    """No optimizer is there that could hold it, and gradient is asked for it by name."""
    by_name = bool(case.recording.dialect.watches) and UNASKED not in case.variable.tags
    return by_name and case.run.differentiated and not case.recording.optimizers


def _estimated(case: Case, op: Op) -> bool:
    """An installed package's own function that computed zeros: such is the data, it seems."""
    inside = op.place is not None and op.place.library is not None
    return inside and case.gradient is Gradient.ZERO


def _sentence(case: Case, said: str, depth: int) -> Callable[[Subject], str]:
    def sentence(n: Subject) -> str:
        if depth:
            return f"behind that, {n} {n.is_} cut off a second time: {said}"
        if case.aside:
            return f"{n} get{n.s} no gradient and no optimizer holds {n.it}: {said}"
        return f"{n} get{n.s} no gradient: {said}"

    return sentence


def _others(layer: Layer, edge: Edge) -> Iterator[str]:
    """Further ways that are cut elsewhere: mending the first is enough for a gradient."""
    seen: set[object] = set()
    for graph, other in layer:
        op = graph.ops[other.op]
        key = (op.name, op.place)
        if other.number != edge.number and key not in seen and len(seen) < 3:
            seen.add(key)
            yield f"another way to the loss is cut by `{op.name}`{at(op.place)}"


def _measured(case: Case) -> tuple[str, ...]:
    steps = [step for step in case.recording.steps if step.differentiated]
    if not steps:
        return ()
    # JAX gives zeros to whatever is asked for and not reached.
    came = "only zeros" if case.gradient is Gradient.ZERO else "no gradient"
    return (f"{came} came back {every(len(steps))}",)


def _said(case: Case) -> Iterator[str]:
    for message in case.recording.messages:
        if message.raised and "does not require grad" in message.text:
            yield (
                "nothing else carries a gradient, and that is what backward failed with"
                f"{at(message.place)}: {message.text.splitlines()[0]}"
            )
            return
