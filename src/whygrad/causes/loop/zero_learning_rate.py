"""An optimizer holds it at a rate of exactly zero."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from whygrad.causes.loop.in_source import zero_learning_rate
from whygrad.causes.rule import Match, Rule, Undoing
from whygrad.causes.undoing import another_rate, impossible, updated
from whygrad.causes.words import at, every, number, optimizer_named
from whygrad.flow.case import Case
from whygrad.flow.recording import Event, EventKind, Optimizer
from whygrad.flow.replaying import Update
from whygrad.model.finding import Severity
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.files import Sources


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if not variable.trainable or not variable.holders or case.moved or not case.run.stepped:
        return
    if any(holding.learning_rate != 0 for holding in variable.holders):
        return
    holding = variable.holders[0]
    optimizer = next((o for o in case.recording.optimizers if o.name == holding.optimizer), None)
    scheduled = case.run.events(EventKind.SCHEDULED)
    steps = sum(step.stepped for step in case.recording.steps)
    sure = steps >= 3 and (not scheduled or not case.run.training)
    named = optimizer_named(optimizer) if optimizer else "the optimizer"
    group = f"group {holding.group} of " if optimizer and len(optimizer.group_sizes) > 1 else ""
    built = optimizer.built_at if optimizer else None
    evidence = [f"the rate was 0 {every(steps)}"]
    if scheduled:
        evidence.append(
            f"a scheduler sets it{at(scheduled[0].place)}; a warm-up that begins at 0 is over"
            " after its first step"
        )
    yield Match(
        Severity.ERROR if sure else Severity.WARNING,
        _blamed(sources, built, scheduled) or variable.made_at,
        lambda n: f"{n} never move{n.s}: the learning rate of {group}{named} is 0",
        evidence=tuple(evidence),
        fix=Fix("give the group a rate above 0, or freeze the variables openly"),
        undo=_moved(case, optimizer),
    )


def _moved(case: Case, optimizer: Optimizer | None) -> Undoing:
    if optimizer is None:
        return impossible("the optimizer was not seen")
    rate = another_rate(case, optimizer)
    return updated(
        case, f"a rate of {number(rate)} in place of 0", Update(optimizer.name, (), rate)
    )


def _blamed(
    sources: Sources, built: SourceLocation | None, scheduled: tuple[Event, ...]
) -> SourceLocation | None:
    """The schedule, where the optimizer itself was given a rate above zero."""
    module = sources.module(built.path) if built is not None else None
    if built is None or module is None or not scheduled:
        return built
    for node in ast.walk(module.statement_of(built) or ast.Pass()):
        if isinstance(node, ast.keyword) and node.arg == "lr":
            rate = node.value.value if isinstance(node.value, ast.Constant) else None
            if isinstance(rate, int | float) and rate > 0:
                return scheduled[0].place or built
    return built


RULE = Rule("zero-learning-rate", in_case=in_case, in_source=zero_learning_rate)
