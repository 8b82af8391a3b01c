"""The steps in which gradients were not finite, and what made them so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from whygrad.causes.ways import shortened
from whygrad.flow.graph import FlowGraph, Op
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Bad, Numbers, Probe
from whygrad.flow.recording import EventKind
from whygrad.flow.run import Run
from whygrad.flow.trace import feeding, leading, way
from whygrad.flow.variable import Variable
from whygrad.model.finding import PathStep
from whygrad.model.report import Gradient

NOT_FINITE = (Gradient.NAN, Gradient.INF)

SINGULAR = frozenset(
    (Kind.LOG, Kind.ROOT, Kind.DIVISION, Kind.POWER, Kind.INVERSE, Kind.SOFTMAX, Kind.NORMALIZATION)
)
"""Ops that have places without a finite slope, whatever arrives there."""


@dataclass(frozen=True, slots=True)
class Sick:
    """One step with gradients that are not finite."""

    number: int
    variables: tuple[Variable, ...]
    probe: Probe | None
    graph: FlowGraph
    skipped: bool
    """The loss scaler left the optimiser's step out because of them."""
    quiet: bool = False
    """Only the loss is nan: what came back to the variables is zero, or finite."""

    @property
    def bad(self) -> Bad | None:
        """What made them so, where that was measured."""
        return self.probe.bad if self.probe is not None else None

    @property
    def op(self) -> Op | None:
        """The op that did."""
        return self.graph.ops[self.bad.op] if self.bad is not None else None

    @property
    def offender(self) -> int | None:
        """The operand at which it happened."""
        bad = self.bad
        if bad is None:
            return None
        if bad.edge is not None:
            return self.graph.sources[bad.edge]
        return bad.operands[0] if bad.operands else None

    def numbers(self, value: int | None) -> Numbers | None:
        """What is known of a value."""
        return self.probe.numbers.get(value) if self.probe and value is not None else None

    @property
    def operands(self) -> tuple[tuple[int, Numbers], ...]:
        """All measured operands, the offending one first."""
        bad = self.bad
        if bad is None:
            return ()
        order = dict.fromkeys((self.offender, *bad.operands))
        known = ((value, self.numbers(value)) for value in order)
        return tuple((v, n) for v, n in known if v is not None and n is not None)

    def variable_of(self, value: int | None) -> Variable | None:
        """The variable whose value it is in this step."""
        found = (v for v in self.variables if v.steps[self.number].value == value)
        return next(found, None) if value is not None else None


def sick_steps(run: Run) -> Iterator[Sick]:
    """In order. What a loss scaler met on its way to a scale that fits is not among them."""
    skipped = {event.step for event in run.events(EventKind.SKIPPED)}
    for number, step in enumerate(run.recording.steps):
        sick = tuple(v for v in run.recording.variables if _is_sick(v, number))
        if sick:
            yield Sick(number, sick, step.probe, step.graph, number in skipped)
        elif step.probe is not None and _makes_nan(step.probe.bad):
            touched = _touched(run, number, step.probe.bad, step.graph)
            yield Sick(number, touched, step.probe, step.graph, number in skipped, quiet=True)


def path_of(sick: Sick) -> Callable[[], tuple[PathStep, ...]]:
    """From the first variable through the op to the loss."""

    def steps() -> tuple[PathStep, ...]:
        bad, graph, op = sick.bad, sick.graph, sick.op
        value = sick.variables[0].steps[sick.number].value
        if bad is None or op is None or value is None or bad.edge is None:
            return ()
        before = way(graph, value, frozenset({graph.sources[bad.edge]}))
        passed = shortened(graph, (*before, bad.edge, *way(graph, graph.targets[bad.edge])))
        here = (op.name, op.place)
        return tuple(
            PathStep(step.op, step.location, (step.op, step.location) == here) for step in passed
        )

    return steps


def scaled_too_high(sick: Sick) -> bool:
    """Whether the loss scale is enough to explain a step that the scaler skipped."""
    bad, op = sick.bad, sick.op
    if not sick.skipped:
        return False
    if bad is None or op is None:
        return True
    if bad.data:
        return False
    if not bad.backward:
        # The product of the loss and the scale is the root of backward.
        return _feeds_only_a_loss(sick, bad.op)
    return bad.nans == 0 and op.kind not in SINGULAR


def _makes_nan(bad: Bad | None) -> TypeGuard[Bad]:
    return bad is not None and bad.nans > 0 and not bad.backward


def _touched(run: Run, number: int, bad: Bad, graph: FlowGraph) -> tuple[Variable, ...]:
    """Who has a part in the loss that is nan: those that got zero, or all where none did."""
    made = {graph.targets[e] for e, op in enumerate(graph.edge_ops) if op == bad.op}
    behind = feeding(graph, made)
    ends = [loss for loss in graph.losses if behind[loss]]
    before = leading(graph, ends)
    own = []
    for variable in run.recording.variables:
        value = variable.steps[number].value
        if variable.steps[number].trainable and value is not None and before[value]:
            own.append(variable)
    zero = tuple(v for v in own if v.steps[number].gradient is Gradient.ZERO)
    return zero or tuple(v for v in own if v.steps[number].gradient is Gradient.FINITE)


def _is_sick(variable: Variable, step: int) -> bool:
    seen = variable.steps[step]
    return seen.trainable and seen.gradient in NOT_FINITE


def _feeds_only_a_loss(sick: Sick, op: int) -> bool:
    graph = sick.graph
    made = {graph.targets[e] for e, number in enumerate(graph.edge_ops) if number == op}
    return graph.ops[op].kind is Kind.PRODUCT and made <= set(graph.losses)
