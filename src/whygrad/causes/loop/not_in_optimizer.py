"""It gets a gradient, the framework lists it, and no optimizer was given it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whygrad.causes.loop.in_source import not_in_optimizer
from whygrad.causes.loop.step_missing import never_applied
from whygrad.causes.loop.twins import earlier
from whygrad.causes.registration.evidence import kept_by_hand, looks_like_weight
from whygrad.causes.rule import Match, Rule, Subject
from whygrad.causes.undoing import given, nearest
from whygrad.causes.ways import path_to_loss, uses
from whygrad.causes.words import at, optimizer_named
from whygrad.flow.case import Case
from whygrad.flow.kinds import Kind
from whygrad.flow.misplaced import misplaced
from whygrad.flow.recording import EventKind, Optimizer
from whygrad.flow.run import unit
from whygrad.flow.tags import ASKED_FOR, EMPTY_GROUP, UNASKED
from whygrad.flow.trace import Verdict, leading
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.files import Sources

_BARE: Final = frozenset({"matmul", "mm", "bmm", "mv", "einsum", "tensordot", "addmm"})
"""Products that a person writes between factors; a layer is called by another name."""


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    if case.variable.updated_with and case.verdict is Verdict.WHOLE:
        yield _mispaired(case)
        return
    if not _forgotten(case):
        return
    severity = _severity(case, sources)
    whole = severity is Severity.WARNING and case.aside
    names = ", ".join(optimizer_named(o) for o in case.recording.optimizers[:3])
    part = _part(case) if whole else None
    yield Match(
        severity,
        _place(case),
        lambda n: (
            f"{_gets(case, n)}: {names} never"
            f" update{'s' if len(case.recording.optimizers) == 1 else ''} {n.it}"
            + (f". Nothing of `{part}` is held: is that meant?" if part else "")
        ),
        evidence=tuple(_evidence(case)),
        fix=Fix(_advice(case, whole=whole)),
        path=path_to_loss(case),
        undo=given(case, nearest(case)),
        group=("part", part) if part else None,
        status=Status.FROZEN if part else None,
    )


def _gets(case: Case, n: Subject) -> str:
    if UNASKED in case.variable.tags and not case.got_gradient:
        return f"{n} {n.is_} in no list of variables that gradients are asked for"
    return f"{n} get{n.s} a gradient, but no optimizer holds {n.it}"


def _advice(case: Case, *, whole: bool) -> str:
    to = "it to the optimizer"
    if UNASKED in case.variable.tags:
        to = f"it to `tape.gradient` and to the optimizer: `{case.recording.dialect.listing}`"
    frozen = case.recording.dialect.spelled("requires_grad_(False)")
    return f"give {to}, or say that it is to stay as it is: `{frozen}`" if whole else f"give {to}"


def _forgotten(case: Case) -> bool:
    variable, recording = case.variable, case.recording
    if case.held or not variable.trainable or not variable.leaf:
        return False
    if not recording.optimizers_known or not recording.optimizers:
        return False
    if never_applied(case):
        return False  # step-missing's
    if variable.home is Home.LOOSE:
        # An input that asks for a gradient is made anew for every batch; a weight stays.
        seen = [step for step in variable.steps if step.value is not None]
        if len({step.identity for step in seen}) != 1 or len(seen) < 2:
            return False
    elif variable.home is not Home.REGISTERED or _passing(case):
        return False
    if variable.replaced_at is not None or earlier(case) is not None:
        return False  # stale-optimizer's
    if case.moved and (case.got_gradient or case.recording.dialect.watches):
        return False  # the program moves it itself
    if case.verdict is Verdict.WHOLE and UNASKED in variable.tags:
        return True
    return case.got_gradient or (case.verdict is Verdict.WHOLE and not case.differentiated)


def _mispaired(case: Case) -> Match:
    """Another's gradient is what it is updated with, though the loss depends on it."""
    optimizer, other = nearest(case), f"`{case.variable.updated_with}`"
    return Match(
        Severity.ERROR,
        _chosen_at(case, optimizer) or case.variable.made_at,
        lambda n: (
            f"{n} {n.is_} updated with the gradient of another variable, {other}: {n.its} own is"
            " never applied"
            if n.one
            else f"{n} are updated with the gradients of other variables (the first one with that"
            f" of {other}): their own are never applied"
        ),
        evidence=(
            "`apply_gradients` takes pairs as they come: `tape.gradient` was asked for another list"
            " of variables, or for another order",
        ),
        fix=Fix("ask for the gradients of the same list that is updated, in the same order"),
        path=path_to_loss(case),
        undo=given(case, optimizer),
    )


def _passing(case: Case) -> bool:
    """A copy of a model that lives for a part of one step, and is trained in it by hand."""
    used = [step for step in case.variable.steps if step.value is not None]
    return case.recording.dialect.watches != "" and len(used) == 1 < len(case.recording.steps)


def _severity(case: Case, sources: Sources) -> Severity:
    if EMPTY_GROUP in case.variable.tags:
        return Severity.ERROR
    if ASKED_FOR in case.variable.tags:
        return Severity.NOTE
    if case.variable.home is Home.LOOSE:
        if case.recording.dialect.watches and not case.got_gradient:
            # `trainable` is what a `tf.Variable` is called unless somebody says otherwise: it may
            # be a factor that the program sets itself. Random numbers are no such factor.
            weight = looks_like_weight(case) and kept_by_hand(case, sources) is False
            return Severity.ERROR if weight else Severity.WARNING
        if all(size == 1 for size in case.variable.shape):
            return Severity.ERROR
        return Severity.NOTE if _goes_in(case) else Severity.WARNING
    meant = case.aside and not _own_parameter(case) and not misplaced(case.run)
    return Severity.WARNING if meant else Severity.ERROR


def _goes_in(case: Case) -> bool:
    """All that reads it is a layer of a model, as what the layer works on: a batch whose gradient
    is looked at. Codes that are learned are picked by index, a loose factor is no layer's input.
    """
    made = case.variable.made_at
    if made is None or "Parameter" in (made.source or "Parameter"):
        return False
    found = False
    # The first step may have seen the layer's weights made.
    for step, seen in enumerate(case.seen[1:], start=1):
        graph = case.recording.steps[step].graph
        ahead = leading(graph, graph.losses)
        for edge in uses(graph, seen.value) if seen.value is not None else ():
            if graph.barriers[edge] or not ahead[graph.targets[edge]]:
                continue
            op = graph.edge_ops[edge]
            operands = [graph.sources[e] for e in graph.into(graph.targets[edge])]
            others = (case.run.variable_at(step, value) for value in operands[1:])
            layer = any(other is not None and other.registered for other in others)
            if graph.ops[op].kind is not Kind.CONTRACTION or graph.ops[op].name in _BARE:
                return False
            if operands[0] != graph.sources[edge] or not layer:
                return False
            found = True
    return found


def _own_parameter(case: Case) -> bool:
    """A parameter that the person's class makes itself, as a loss with a weight of its own does."""
    variable = case.variable
    direct = variable.name.count(".") == 1 and variable.used_in_source is not None
    return direct and variable.model not in case.run.held_models


def _part(case: Case) -> str:
    """The name of what is left out as a whole."""
    model, top = unit(case.variable)
    return model or "" if model not in case.run.held_models else f"{model}.{top}"


def _place(case: Case) -> SourceLocation | None:
    optimizer = nearest(case)
    if case.recording.dialect.edits != "torch":
        return _chosen_at(case, optimizer) or case.variable.made_at
    built = optimizer.built_at if optimizer is not None else None
    return built or case.variable.made_at


def _chosen_at(case: Case, optimizer: Optimizer | None) -> SourceLocation | None:
    """Where variables are chosen anew with every step: those that gradients are asked for, or those
    that are updated.
    """
    unasked = UNASKED in case.variable.tags and not case.got_gradient
    events = case.run.events(EventKind.DIFFERENTIATED if unasked else EventKind.STEPPED)
    name = optimizer.name if optimizer is not None else None
    own = [e for e in events if unasked or e.optimizer == name] or events
    return next((event.place for event in own if event.place is not None), None)


def _evidence(case: Case) -> Iterator[str]:
    variable = case.variable
    siblings = [v for v in case.run.by_unit.get(unit(variable), ()) if v.holders]
    optimizer = nearest(case)
    if optimizer is not None:
        count = sum(optimizer.group_sizes)
        still = ", which every loss keeps still" if optimizer.name in misplaced(case.run) else ""
        yield f"{optimizer_named(optimizer)}{at(optimizer.built_at)} holds {count} others{still}"
    if siblings:
        yield f"`{siblings[0].name}` next to it is held"
    # An optimizer of Keras has no groups, and is empty until its first update.
    if EMPTY_GROUP in variable.tags and case.recording.dialect.edits == "torch":
        yield (
            "one of its parameter groups is empty: a generator gives its items once, so the second"
            " who reads it gets none"
        )
    if variable.made_at is not None:
        yield f"made{at(variable.made_at)}"


RULE = Rule("not-in-optimizer", in_case=in_case, in_source=not_in_optimizer)
