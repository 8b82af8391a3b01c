"""Backward or the optimizer's step never ran, or the gradients were cleared between the two."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from whygrad.causes.loop.in_source import step_missing
from whygrad.causes.mend import mended
from whygrad.causes.rule import Match, Rule, Undoing
from whygrad.causes.undoing import NO_LOSS, impossible, like, updated
from whygrad.causes.words import at, every, number, optimizer_named
from whygrad.flow.case import Case
from whygrad.flow.recording import Event, EventKind, Optimizer
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.edits import clear_after_step, step_after
from whygrad.source.files import Sources

_NOTHING = (Gradient.NONE, Gradient.ZERO)


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    if not case.variable.trainable:
        return
    if never_applied(case):
        yield _unapplied(case)
    if not case.held:
        return
    yield from _cleared(case, sources)
    yield from _never_differentiated(case)
    yield from _never_stepped(case, sources)


def never_applied(case: Case) -> bool:
    """Keras gives an optimizer its variables with the first update: here none ever had any."""
    recording = case.recording
    if not recording.dialect.watches or not recording.optimizers or case.moved:
        return False
    if _cut_short(case):
        return False
    used = any(o.steps_taken or any(o.group_sizes) for o in recording.optimizers)
    return not used and case.got_gradient and len(case.run.events(EventKind.DIFFERENTIATED)) > 1


def _cut_short(case: Case) -> bool:
    """The run ended in its first step by an exception, and may not have lived to see the update."""
    return case.recording.exception is not None and len(case.recording.steps) < 2


def _unapplied(case: Case) -> Match:
    optimizer = case.recording.optimizers[0]
    backwards = case.run.events(EventKind.DIFFERENTIATED)
    named, step = optimizer_named(optimizer), case.recording.dialect.spelled("step()")
    ended = case.recording.exception is not None
    return Match(
        Severity.WARNING if ended else Severity.ERROR,
        backwards[0].place,
        lambda n: (
            f"{n} get{n.s} a gradient and never move{n.s}: `{step}` of {named}"
            f"{at(optimizer.built_at)} never ran"
        ),
        evidence=(f"gradient was asked for {len(backwards)} times, no step",),
        fix=Fix(f"use the gradients: call `{optimizer.name}.{step}`"),
        undo=updated(case, f"`{optimizer.name}.{step}` called", like(optimizer)),
    )


def _cleared(case: Case, sources: Sources) -> Iterator[Match]:
    """Backward gave a gradient, and by the time of the step it was gone."""
    steps = case.variable.steps
    if not steps or not all(
        s.had_gradient_after_backward and s.gradient in _NOTHING for s in steps
    ):
        return
    event = _clearing(case)
    if event is None and Gradient.ZERO in {s.gradient for s in steps}:
        # Nobody was seen to clear it, so zero is what backward computed.
        return
    if event is None and not any(optimizer.steps_taken for optimizer in _holders(case)):
        return  # cleared for its own backward, which the run did not live to see
    place = event.place if event is not None else None
    yield Match(
        Severity.ERROR if event is not None else Severity.WARNING,
        place or case.variable.made_at,
        lambda n: (
            f"{n} never train{n.s}: backward computes {n.its} "
            f"gradient{'' if n.one else 's'}, and `zero_grad()`{at(place)} clears {n.it}"
            " before the optimizer's step"
            if event is not None
            else f"{n} never train{n.s}: {n.its} gradient{'' if n.one else 's'} "
            f"{n.is_} gone when the optimizer steps"
        ),
        evidence=(f"the order {every(len(steps))}: {_order(case)}",),
        fix=_cleared_later(case, place, sources),
        undo=_used(case, "nothing cleared between backward and step", keep=True),
    )


def _cleared_later(case: Case, place: SourceLocation | None, sources: Sources) -> Fix:
    message = "clear the gradients before backward, or after the step"
    steps = {event.place for event in case.run.events(EventKind.STEPPED)}
    step = steps.pop() if len(steps) == 1 else None
    if step is None:
        return Fix(message)
    return mended(sources, place, message, partial(clear_after_step, step=step))


def _clearing(case: Case) -> Event | None:
    """The clearing that stands between a backward and the step."""
    after_backward = None
    seen = False
    names = {None, *(holding.optimizer for holding in case.variable.holders)}
    for event in case.recording.events:
        if event.kind is EventKind.DIFFERENTIATED:
            seen, after_backward = True, None
        elif event.optimizer not in names:
            continue
        elif event.kind is EventKind.CLEARED and seen:
            after_backward = event
        elif event.kind is EventKind.STEPPED and after_backward is not None:
            return after_backward
    return None


def _order(case: Case) -> str:
    last = max((event.step for event in case.recording.events), default=0)
    words = {
        EventKind.CLEARED: "zero_grad",
        EventKind.DIFFERENTIATED: "backward",
        EventKind.STEPPED: "step",
    }
    said = [words[e.kind] for e in case.recording.events if e.step == last and e.kind in words]
    return ", ".join(said[:8])


def _never_differentiated(case: Case) -> Iterator[Match]:
    run = case.run
    if run.differentiated or run.events(EventKind.DIFFERENTIATED):
        return
    stepped = run.events(EventKind.STEPPED)
    if case.got_gradient or not stepped or case.recording.exception is not None:
        return
    yield Match(
        Severity.ERROR if len(stepped) > 1 else Severity.WARNING,
        stepped[0].place,
        lambda n: (
            f"{n} {n.does} not train: the optimizer steps, but nothing asks for gradients:"
            f" {case.recording.dialect.spelled('`backward()`')} never ran"
        ),
        evidence=(f"{len(stepped)} steps and no backward",),
        fix=Fix(case.recording.dialect.spelled("call `loss.backward()` before the step")),
        undo=impossible(NO_LOSS),
    )


def _never_stepped(case: Case, sources: Sources) -> Iterator[Match]:
    """Gradients came, and the optimizer that holds the variable never used them."""
    optimizers = _holders(case)
    if not optimizers or any(o.steps_taken for o in optimizers) or not case.got_gradient:
        return
    run = case.run
    skipped = run.events(EventKind.SKIPPED)
    backwards = run.events(EventKind.DIFFERENTIATED)
    if len(backwards) < 2 or skipped or case.moved:
        return
    if case.recording.dialect.watches and _cut_short(case):
        return
    others = run.stepped
    norms = [s.gradient_norm for s in case.variable.steps if s.gradient_norm]
    always = all(s.gradient is Gradient.FINITE for s in case.variable.steps)
    if others and not (always and len(case.variable.steps) > 1):
        return
    few = others and len(case.variable.steps) < 3
    unsure = few or case.recording.exception is not None
    named = optimizer_named(optimizers[0])
    yield Match(
        Severity.WARNING if unsure else Severity.ERROR,
        backwards[0].place or optimizers[0].built_at,
        lambda n: (
            f"{n} get{n.s} a gradient and never move{n.s}: {named}"
            f"{at(optimizers[0].built_at)} holds {n.it}, and its"
            f" {case.recording.dialect.spelled('`step()`')} never ran"
        ),
        evidence=(
            f"gradient was asked for {len(backwards)} times, no step"
            if case.recording.dialect.watches
            else f"{len(backwards)} times backward, no step",
            *((f"gradient norm {number(norms[0])}",) if norms else ()),
        ),
        fix=_stepped(case, optimizers[0], sources),
        undo=_used(
            case,
            f"`{optimizers[0].name}.{case.recording.dialect.spelled('step()')}` called after the"
            " backward",
        ),
    )


def _used(case: Case, words: str, *, keep: bool = False) -> Undoing:
    """The optimizer that holds it makes its update of what this one backward gives."""
    optimizers = _holders(case)
    if not optimizers:
        return impossible("the optimizer was not seen")
    return updated(case, words, like(optimizers[0]), keep=keep)


def _stepped(case: Case, optimizer: Optimizer, sources: Sources) -> Fix:
    dialect = case.recording.dialect
    message = f"call `{optimizer.name}.{dialect.spelled('step()')}` after the backward"
    if dialect.edits != "torch":
        return Fix(f"use the gradients: {message.removesuffix(' after the backward')}")
    backwards = {event.place for event in case.run.events(EventKind.DIFFERENTIATED)}
    cleared = {
        event.place
        for event in case.run.events(EventKind.CLEARED)
        if event.optimizer in (None, optimizer.name)
    }
    first = cleared.pop() if len(cleared) == 1 else None
    if first is None or len(backwards) != 1:
        return Fix(message)
    return mended(sources, backwards.pop(), message, partial(step_after, cleared=first))


def _holders(case: Case) -> tuple[Optimizer, ...]:
    names = {holding.optimizer for holding in case.variable.holders}
    return tuple(o for o in case.recording.optimizers if o.name in names)


RULE = Rule("step-missing", in_case=in_case, in_source=step_missing)
