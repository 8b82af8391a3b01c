"""From a death to the op that is to blame for it: which one, how it did it, and by which numbers.

A gradient may die at an op that only multiplies with what an earlier op made zero: the weight
behind a dead ReLU. Then the earlier op is the one to tell, and all that it killed is one finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from whygrad.causes.zero.tensors import Zero, is_zero, zero_from
from whygrad.flow.case import Case
from whygrad.flow.death import Death, How
from whygrad.flow.graph import FlowGraph, Op
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Numbers, Probe
from whygrad.flow.run import Run
from whygrad.flow.variable import Variable


class Why(Enum):
    """What an op did to the gradient."""

    OFF = "off"
    """Every unit is on the flat side that gives zero (or the threshold)."""
    FLAT = "flat"
    """Every input is so far out that the slope is zero, or rounds to it."""
    NUMBER = "number"
    """It multiplies by a Python number that is 0."""
    FACTOR = "factor"
    """It multiplies by a tensor that is all zeros."""
    DROPPED = "dropped"
    UNSELECTED = "unselected"
    """It takes none of the entries."""
    EMPTY = "empty"
    """It takes nothing at all: a selection of no entry."""
    SINGLE = "single"
    """It works over an axis with one entry, and gives the same whatever goes in."""
    ITSELF = "itself"
    """It compares, subtracts or divides a value and itself."""
    SUMMED = "summed"
    """What it gives adds up to the same, and only the sum is used."""
    FIXED = "fixed"
    """It normalizes, and nothing but rounding is left of its input."""
    SHIFT = "shift"
    """The variable makes no difference there, and nothing is lost by it."""
    UNKNOWN = "unknown"


CAUSE: Final = {
    Why.OFF: "dead-activation",
    Why.FLAT: "saturated",
    Why.NUMBER: "multiplied-by-zero",
    Why.FACTOR: "multiplied-by-zero",
    Why.DROPPED: "multiplied-by-zero",
    Why.UNSELECTED: "multiplied-by-zero",
    Why.EMPTY: "multiplied-by-zero",
    Why.SINGLE: "constant-output",
    Why.ITSELF: "constant-output",
    Why.SUMMED: "constant-output",
    Why.FIXED: "constant-output",
    Why.SHIFT: "constant-output",
    Why.UNKNOWN: "constant-output",
}

_HINGES: Final = frozenset(
    {"margin_ranking_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss"}
    | {"hinge_embedding_loss", "cosine_embedding_loss", "multi_margin_loss"}
    | {"multilabel_margin_loss"}
)
_LOGARITHMIC: Final = frozenset({"logsigmoid", "log_sigmoid"})
_ACTIVE: Final = frozenset({Kind.RECTIFIER, Kind.SQUASH, Kind.CLAMP, Kind.EXPONENTIAL})
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
    """The edges to look at, and to change in a replay."""
    death: Death
    factor: Zero | None = None
    """Of FACTOR: the tensor of zeros, and where it came from."""

    @property
    def noise(self) -> bool:
        """Whether what came through is rounding error, and not exactly nothing."""
        return self.death.how is not How.ZERO and self.death.passed > 0


@dataclass(frozen=True, slots=True)
class Scene:
    """One step as the questions below see it."""

    run: Run
    step: int
    graph: FlowGraph
    probe: Probe

    def op(self, edge: int) -> Op:
        """The op of an edge."""
        return self.graph.ops[self.graph.edge_ops[edge]]

    def numbers(self, value: int) -> Numbers | None:
        """What is known of a value."""
        return self.probe.numbers.get(value)

    def variable(self, value: int) -> Variable | None:
        """The variable that a leaf is, in this step."""
        for variable in self.run.recording.variables:
            if variable.steps[self.step].value == value:
                return variable
        return None


def spots(case: Case) -> tuple[Spot, ...]:
    """Where the gradient of a variable died, most downstream first; none where it only waits for
    a partner that is zero and trains: LoRA's `B`, a gate that begins closed.
    """
    found: list[Spot] = []
    for death in case.deaths:
        spot = _spot(case.run, death)
        if spot is None:
            return ()
        found.append(spot)
    # A bias that makes no difference on one way may be killed on another: that one is told.
    return tuple(sorted(found, key=lambda spot: spot.why is Why.SHIFT))


def scene(run: Run, step: int) -> Scene:
    """The step of a spot."""
    kept = run.recording.steps[step]
    return Scene(run, step, kept.graph, kept.probe or Probe())


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
    if death.how is How.CANCELLED:
        return _cancelled(at, death)
    if death.symmetric:
        known = death.because is not None or death.spared
        return Spot(Why.SHIFT if known else Why.UNKNOWN, death.step, edge.op, death.edges, death)
    operands = [e for e in graph.into(edge.target) if graph.edge_ops[e] == edge.op]
    if (nothing := next((e for e in operands if _empty(at, graph.sources[e])), None)) is not None:
        return _emptied(at, death, nothing)
    if at.probe.axis.get(edge.op) == 1:
        return Spot(Why.SINGLE, death.step, edge.op, death.edges, death)
    if kind in _ONE_FOR_ALL and death.how is How.NOISE:
        return _flattened(at, death)
    factor = _factor(at, death.edge) if kind in _FACTORS else None
    if factor is None:
        return Spot(_why(at, death.edge), death.step, edge.op, death.edges, death)
    if factor.variable is not None and trains(at.run, factor.variable):
        return None
    if factor.op is not None and factor.made:
        # Another op made what this one multiplies with: that is where to look.
        made = _made_zero(at, factor.op, death)
        if made is not None:
            return made
    return Spot(Why.FACTOR, death.step, edge.op, factor.edges, death, factor)


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


def _empty(at: Scene, value: int) -> bool:
    numbers = at.numbers(value)
    return numbers is not None and numbers.count == 0


def _emptied(at: Scene, death: Death, edge: int) -> Spot:
    """Back to the op that took nothing out of something."""
    graph = at.graph
    while True:
        source = graph.sources[edge]
        into = [e for e in graph.into(source) if not graph.barriers[e]]
        if not into:
            break
        edge = into[0]
        if not _empty(at, graph.sources[edge]):
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


def _why(at: Scene, edge: int) -> Why:
    """What an op does whose own derivative is zero."""
    graph = at.graph
    op = graph.ops[graph.edge_ops[edge]]
    source, target = graph.sources[edge], graph.targets[edge]
    if op.kind in _ACTIVE:
        return _side(op, at.numbers(source), at.numbers(target))
    if op.kind is Kind.SOFTMAX:
        return Why.FLAT if _one_hot(at, edge) else Why.FIXED
    if op.kind is Kind.NORMALIZATION:
        return Why.FIXED
    if op.kind is Kind.DROPOUT:
        return Why.DROPPED
    if op.kind is Kind.SELECTION:
        return Why.OFF if _floor(at, edge) else Why.UNSELECTED
    if op.kind is Kind.LOSS:
        return _loss(at, edge)
    alone = [e for e in graph.into(target) if graph.edge_ops[e] == graph.edge_ops[edge]] == [edge]
    if op.kind in (Kind.PRODUCT, Kind.DIVISION) and alone:
        return Why.NUMBER
    return Why.UNKNOWN


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
                return Spot(Why.FACTOR, death.step, op, (edge,), death, factor)
        return None if edges[1:] else Spot(Why.NUMBER, death.step, op, edges, death)
    if kind in (Kind.DIFFERENCE, Kind.ROOT):
        why = Why.ITSELF
    elif kind is Kind.NORMALIZATION:
        why = Why.SINGLE if at.probe.axis.get(op) == 1 else Why.FIXED
    else:
        why = _why(at, edges[0])
    return None if why is Why.UNKNOWN else Spot(why, death.step, op, edges, death)


def _into(at: Scene, op: int) -> tuple[int, ...]:
    """The edges into what an op made. Ops come in the order of their edges."""
    graph = at.graph
    return tuple(e for e, number in enumerate(graph.edge_ops) if number == op)


def _side(op: Op, went: Numbers | None, came: Numbers | None) -> Why:
    """On which side of an activation all of its inputs lie."""
    if op.name in _LOGARITHMIC or op.kind is Kind.EXPONENTIAL:
        return Why.FLAT
    if op.kind is Kind.RECTIFIER:
        return Why.OFF
    if went is not None and came is not None and went.count and is_zero(came) and went.high <= 0:
        # `clamp(min=0)`, relu6: zero, and nothing above it.
        return Why.OFF if op.kind is Kind.CLAMP or came.low == went.high or _six(op) else Why.FLAT
    return Why.FLAT


def _six(op: Op) -> bool:
    """`nn.ReLU6` calls `hardtanh`, whose zero is its lower end."""
    return op.name in ("hardtanh", "relu6", "hardsigmoid", "hardswish")


def _floor(at: Scene, edge: int) -> bool:
    """`maximum(x, zeros)`: the other one was taken everywhere, and it is all zeros."""
    graph = at.graph
    name = at.op(edge).name
    if name not in ("maximum", "max", "fmax"):
        return False
    return is_zero(at.numbers(graph.targets[edge]))


def _one_hot(at: Scene, edge: int) -> bool:
    """Whether every row of a softmax has one entry that is 1 and else only zeros."""
    graph = at.graph
    numbers = at.numbers(graph.targets[edge])
    axis = at.probe.axis.get(graph.edge_ops[edge])
    if numbers is None or not axis:
        return True
    rows = numbers.count / axis
    return abs(numbers.norm**2 - rows) < 1e-3 * rows or numbers.low < -100.0


def _loss(at: Scene, edge: int) -> Why:
    graph = at.graph
    op = at.op(edge)
    pair = [
        graph.sources[e]
        for e in graph.into(graph.targets[edge])
        if graph.edge_ops[e] == graph.edge_ops[edge]
    ]
    if len(set(pair)) < len(pair):
        return Why.ITSELF
    known = [at.numbers(value) for value in pair]
    if len(known) > 1 and known[0] is not None and known[0] == known[1] and known[0].norm > 0:
        return Why.ITSELF
    if op.name in _HINGES:
        return Why.OFF
    return Why.FLAT


def reader(at: Scene, value: int) -> tuple[Op, int] | tuple[None, None]:
    """The only op that reads a value, and what it makes of it; nothing where there are several."""
    out = at.graph.out_of(value)
    if len(out) != 1:
        return None, None
    return at.op(out[0]), at.graph.targets[out[0]]
