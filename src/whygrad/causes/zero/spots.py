"""From a death to the op that is to blame for it: which one, how it did it, and by which numbers.

A gradient may die at an op that only multiplies with what an earlier op made zero: the weight
behind a dead ReLU. Then the earlier op is the one to tell, and all that it killed is one finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from whygrad.causes.zero.scene import Scene, scene
from whygrad.causes.zero.tensors import Zero, is_empty, is_zero, zero_from
from whygrad.causes.zero.weighing import weight_of_loss
from whygrad.causes.zero.whys import Why, why_of
from whygrad.flow.case import Case
from whygrad.flow.death import Death, How
from whygrad.flow.kinds import Kind
from whygrad.flow.run import Run
from whygrad.flow.variable import Variable

_FACTORS: Final = frozenset(
    {Kind.PRODUCT, Kind.CONTRACTION, Kind.DIVISION, Kind.POWER, Kind.OTHER, Kind.NORMALIZATION}
    | {Kind.SOFTMAX}
)
"""Ops through which a zero operand keeps gradient from another one."""
_ONE_FOR_ALL: Final = frozenset({Kind.SOFTMAX, Kind.NORMALIZATION})


@dataclass(frozen=True, slots=True)
class Spot:
    """The op that is to blame, in one step."""

    why: Why
    step: int
    op: int
    edges: tuple[int, ...]
    """The edges to look at, and to change in a replay: on which gradient died, or into the op."""
    death: Death
    factor: Zero | None = None
    """Of FACTOR: the tensor of zeros, and where it came from."""

    @property
    def noise(self) -> bool:
        """Whether what came through is rounding error, and not exactly nothing."""
        return self.death.how is not How.ZERO and self.death.passed > 0


def spots(case: Case) -> tuple[Spot, ...]:
    """Where the gradient of a variable died, most downstream first; none where it only waits for
    a partner that is zero and trains: LoRA's `B`, a gate that begins closed.
    """
    found: list[Spot] = []
    for death in case.deaths:
        at = scene(case.run, death.step)
        if not at.probe.flushed.keys().isdisjoint(death.edges):
            return ()  # too small for its dtype, which is another cause
        if death.how is How.ZERO and death.arrived == 0:
            continue  # nothing came as far as this, so it was lost before
        spot = _spot(case.run, death)
        if spot is None:
            return ()
        found.append(spot)
    # A bias that makes no difference on one way may be killed on another: that one is told.
    return tuple(sorted(found, key=lambda spot: spot.why is Why.SHIFT))


def seen_again(case: Case, spot: Spot, step: int) -> Spot | None:
    """The same spot in another step."""
    value = case.variable.steps[step].value
    if step == spot.step or value is None:
        return spot if step == spot.step else None
    steps = case.recording.steps
    wanted = steps[spot.step].graph.ops[spot.op]
    for death in case.run.deaths[step].get(value, ()):
        other = _spot(case.run, death)
        if other is not None and other.why is spot.why:
            op = steps[step].graph.ops[other.op]
            if (op.name, op.place) == (wanted.name, wanted.place):
                return other
    return None


def waits(case: Case) -> Variable | None:
    """The zero partner that trains, and for which a variable without gradient only waits."""
    for death in case.deaths:
        factor = _factor(scene(case.run, death.step), death.edge)
        if factor is not None and factor.variable is not None and trains(case.run, factor.variable):
            return factor.variable
    return None


def trains(run: Run, variable: Variable) -> bool:
    """Whether a gradient that means something came to a variable in some step."""
    case = Case(run, variable)
    return variable.trainable and case.got_gradient and not case.dead_steps


def _spot(run: Run, death: Death) -> Spot | None:
    if death not in run.memo:
        run.memo[death] = _found(scene(run, death.step), death)
    found = run.memo[death]
    return found if isinstance(found, Spot) else None


def _found(at: Scene, death: Death) -> Spot | None:
    graph = at.graph
    edge = graph.edge(death.edge)
    kind = graph.ops[edge.op].kind
    if any(number in at.probe.flushed for number in death.edges):
        return None  # too small for its type, which another cause tells
    if death.how is How.CANCELLED:
        return _cancelled(at, death)
    if death.symmetric:
        known = death.because is not None or death.spared
        return Spot(Why.SHIFT if known else Why.UNKNOWN, death.step, edge.op, death.edges, death)
    operands = [e for e in graph.into(edge.target) if graph.edge_ops[e] == edge.op]
    for operand in operands:
        if is_empty(at.numbers(graph.sources[operand])):
            return _emptied(at, death, operand)
    if at.probe.axis.get(edge.op) == 1:
        return Spot(Why.SINGLE, death.step, edge.op, death.edges, death)
    if kind in _ONE_FOR_ALL and death.how is How.NOISE:
        return _flattened(at, death)
    factor = _factor(at, death.edge) if kind in _FACTORS else weight_of_loss(at, death.edge)
    if factor is None:
        return Spot(why_of(at, death.edge), death.step, edge.op, death.edges, death)
    if factor.variable is not None and trains(at.run, factor.variable):
        return None
    if factor.op is not None and factor.made:
        # Another op made what this one multiplies with: that is where to look.
        made = _made_zero(at, factor.op, death)
        if made is not None:
            return made
    return Spot(Why.FACTOR, death.step, edge.op, death.edges, death, factor)


def _cancelled(at: Scene, death: Death) -> Spot:
    if death.symmetric:
        op = death.because if death.because is not None else at.graph.edge_ops[death.edge]
        return Spot(Why.SHIFT, death.step, op, death.edges, death)
    if death.because is None:
        return Spot(Why.UNKNOWN, death.step, at.graph.edge_ops[death.edge], death.edges, death)
    return Spot(Why.ITSELF, death.step, death.because, death.edges, death)


def _flattened(at: Scene, death: Death) -> Spot:
    """Noise out of a softmax or a normalisation: often what follows adds up all that it gives."""
    graph = at.graph
    value = graph.targets[death.edge]
    while True:
        behind = [e for e in graph.out_of(value) if not graph.barriers[e]]
        if len(behind) != 1:
            break
        kind = at.op(behind[0]).kind
        if kind is Kind.REDUCTION:
            op = graph.edge_ops[behind[0]]
            return Spot(Why.SUMMED, death.step, op, death.edges, death)
        if kind is not Kind.OTHER:
            break
        value = graph.targets[behind[0]]
    return Spot(Why.FIXED, death.step, graph.edge_ops[death.edge], death.edges, death)


def _emptied(at: Scene, death: Death, edge: int) -> Spot:
    """Back to the op that took nothing out of something."""
    graph = at.graph
    while True:
        source = graph.sources[edge]
        into = [e for e in graph.into(source) if not graph.barriers[e]]
        if not into:
            break
        edge = into[0]
        if not is_empty(at.numbers(graph.sources[edge])):
            break
    return Spot(Why.EMPTY, death.step, graph.edge_ops[edge], (edge,), death)


def _factor(at: Scene, edge: int) -> Zero | None:
    """The operand of all zeros that keeps the gradient from the edge's source."""
    graph = at.graph
    target, op = graph.targets[edge], graph.edge_ops[edge]
    source = graph.sources[edge]
    kind = graph.ops[op].kind
    others = [e for e in graph.into(target) if graph.edge_ops[e] == op]
    if kind in _ONE_FOR_ALL:
        # Scale, then shift: a shift of zero is usual and keeps nothing back.
        leaves = [e for e in others if e != edge and at.variable(graph.sources[e]) is not None]
        others = leaves[:1]
    for other in others:
        value = graph.sources[other]
        itself = value == source
        if itself and kind not in (Kind.POWER, Kind.PRODUCT):
            continue
        if is_zero(at.numbers(value)):
            return zero_from(at.graph, at.probe, at.run.fed(at.step), other, at.variable)
    return None


def _made_zero(at: Scene, op: int, death: Death) -> Spot | None:
    """An op whose result is all zeros, though what went in was not."""
    edges = _into(at, op)
    kind = at.graph.ops[op].kind
    if not edges or kind in (Kind.SUM, Kind.REDUCTION, Kind.OTHER, Kind.LOOKUP):
        return None
    if kind in (Kind.PRODUCT, Kind.CONTRACTION):
        for edge in edges:
            if is_zero(at.numbers(at.graph.sources[edge])):
                fed = at.run.fed(at.step)
                factor = zero_from(at.graph, at.probe, fed, edge, at.variable)
                others = tuple(e for e in edges if e != edge) or edges
                return Spot(Why.FACTOR, death.step, op, others, death, factor)
        return None if edges[1:] else Spot(Why.NUMBER, death.step, op, edges, death)
    if kind in (Kind.DIFFERENCE, Kind.ROOT):
        why = Why.ITSELF
    elif kind is Kind.NORMALIZATION:
        why = Why.SINGLE if at.probe.axis.get(op) == 1 else Why.FIXED
    else:
        why = why_of(at, edges[0])
    return None if why is Why.UNKNOWN else Spot(why, death.step, op, edges, death)


def _into(at: Scene, op: int) -> tuple[int, ...]:
    """The edges into what an op made. Ops come in the order of their edges."""
    graph = at.graph
    return tuple(e for e, number in enumerate(graph.edge_ops) if number == op)
