"""A factor that is zero, a mask that takes nothing, a dropout that drops everything."""

from __future__ import annotations

import ast

from whygrad.causes.rule import Rule
from whygrad.causes.words import at as placed
from whygrad.causes.zero.late import when
from whygrad.causes.zero.matching import Said, dies_at
from whygrad.causes.zero.scene import Scene
from whygrad.causes.zero.spots import Spot
from whygrad.causes.zero.telling import named
from whygrad.causes.zero.tensors import Zero, is_zero
from whygrad.causes.zero.whys import Why
from whygrad.flow.case import Case
from whygrad.flow.graph import Op
from whygrad.flow.kinds import Kind
from whygrad.flow.replaying import ChangeKind
from whygrad.model.finding import Severity
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.expressions import own_nodes
from whygrad.source.files import Sources

_KEEP = "`p` is the share that is dropped, not the share that is kept"
_BRANCHING = ("tf.cond", "tf.switch_case")
_RISING = "a weight that is to rise later is no fault"


def _saying(case: Case, at: Scene, spot: Spot, sources: Sources) -> Said:
    op = at.graph.ops[spot.op]
    steps = when(case)
    if spot.why is Why.NUMBER:
        return _number(op, sources)
    if spot.why is Why.DROPPED:
        return Said(
            f"{named(op)} drops everything",
            fix=Fix(f"lower `p`: {_KEEP}"),
            words=f"`{op.name}` letting all through",
            change=ChangeKind.REVIVE,
        )
    if spot.why is Why.EMPTY:
        return Said(
            f"{named(op)} selects nothing at all {steps}",
            fix=Fix("look at the condition of the selection: no entry meets it"),
            words="nothing was selected, so no gradient arrives that could be passed on",
            severity=_taken_elsewhere(case),
        )
    if spot.why is Why.UNSELECTED and op.name in _BRANCHING:
        return Said(
            f"the branch of {named(op)} that it is in was not taken {steps}",
            fix=Fix("look at the condition"),
            words=f"`{op.name}` left out of the backward pass",
            change=ChangeKind.BYPASS,
            severity=Severity.WARNING,
        )
    if spot.why is Why.UNSELECTED:
        return Said(
            f"{named(op)} takes none of its entries {steps}",
            fix=Fix("look at the condition: it leaves out every entry"),
            words=f"`{op.name}` left out of the backward pass",
            change=ChangeKind.BYPASS,
            severity=_taken_elsewhere(case),
        )
    lone = spot.factor is not None and _weight_of_a_term(at, spot.factor)
    if lone and _written(sources, op.place):
        return _number(op, sources)  # a framework made a tensor of the number
    return _factor(at, spot, op, steps)


def _number(op: Op, sources: Sources) -> Said:
    """A weight that is written as 0 stays 0; one that has a name may be a schedule's first."""
    written = _written(sources, op.place)
    return Said(
        f"{named(op)} multiplies by the number 0",
        () if written else (_RISING,),
        Fix("raise the factor above 0, or take the term out together with what only it uses"),
        words=f"`{op.name}` left out of the backward pass",
        change=ChangeKind.BYPASS,
        severity=None if written else Severity.WARNING,
    )


def _written(sources: Sources, place: SourceLocation | None) -> bool:
    """Whether a zero stands in the statement itself: `0.0 * aux`."""
    module = sources.module(place.path) if place is not None else None
    if module is None or place is None:
        return False
    statement = module.statement_of(place)
    for node in own_nodes(statement) if statement is not None else ():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            sides = (node.left, node.right)
            if any(isinstance(s, ast.Constant) and s.value in (0, 0.0) for s in sides):
                return True
    return False


def _factor(at: Scene, spot: Spot, op: Op, steps: str) -> Said:
    factor = spot.factor
    variable = factor.variable if factor is not None else None
    evidence = []
    severity = None
    if variable is not None:
        text = f"{named(op)} multiplies by `{variable.name}`, which is zero {steps}"
        evidence.append(
            f"`{variable.name}` is zero and gets no gradient either, so neither ever leaves zero"
            if variable.trainable
            else f"`{variable.name}` is zero and does not train"
        )
        fix = Fix("begin one of the two factors with numbers other than zero")
    else:
        text = f"{named(op)} multiplies by a tensor of zeros {steps}"
        if factor is not None and _weight_of_a_term(at, factor):
            severity = Severity.WARNING
            evidence.append(_RISING)
        made = factor.op if factor is not None else None
        if made is not None:
            maker = at.graph.ops[_reshaped(at, made)]
            if maker.place != op.place:
                evidence.append(f"the zeros come from `{maker.name}`{placed(maker.place)}")
        fix = Fix("look at the other factor: a mask or a weight that is zero everywhere")
    if op.kind is Kind.LOSS:
        words, change = f"`{op.name}` left out of the backward pass", ChangeKind.BYPASS
        return Said(text, tuple(evidence), fix, words=words, change=change, severity=severity)
    return Said(
        text,
        tuple(evidence),
        fix,
        words=f"the zero factor of `{op.name}` made one",
        change=ChangeKind.REVIVE,
        severity=severity,
    )


def _weight_of_a_term(at: Scene, factor: Zero) -> bool:
    """A single number that nothing computed from variables: the weight of a loss, kept as a
    tensor, may be a schedule's first like any other.
    """
    numbers = at.numbers(factor.value)
    return numbers is not None and numbers.count == 1 and not factor.made


def _reshaped(at: Scene, op: int) -> int:
    """Back from a view, a cast or a part of a tensor of zeros to the op that gave the numbers."""
    graph = at.graph
    while graph.ops[op].kind in (Kind.OTHER, Kind.SELECTION):
        into = [edge for edge, number in enumerate(graph.edge_ops) if number == op]
        sources = {graph.sources[edge] for edge in into}
        source = sources.pop() if len(sources) == 1 else None
        before = graph.into(source) if source is not None else ()
        known = None if source is None else at.numbers(source)
        unknown = known is None and graph.ops[op].kind is Kind.OTHER
        if not before or not (unknown or is_zero(known)):
            break
        op = graph.edge_ops[before[0]]
    return op


def _taken_elsewhere(case: Case) -> Severity | None:
    """One of several equal parts among which entries are shared out: an expert without tokens."""
    parts = case.variable.name.split(".")
    for index, part in enumerate(parts):
        if not part.isdigit():
            continue
        head, tail = parts[:index], parts[index + 1 :]
        for name in case.run.training:
            other = name.split(".")
            if other[:index] == head and other[index + 1 :] == tail and other[index].isdigit():
                return Severity.NOTE
    return None


RULE = Rule("multiplied-by-zero", in_case=dies_at("multiplied-by-zero", _saying), healthy_too=True)
