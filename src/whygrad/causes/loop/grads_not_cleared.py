"""Every step's gradients are added to those of all steps before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from whygrad.causes.loop.in_source import grads_not_cleared
from whygrad.causes.mend import mended
from whygrad.causes.rule import Expect, Match, Rule, Undo, Undoing
from whygrad.causes.undoing import NOT_KEPT
from whygrad.causes.words import growth, norms
from whygrad.flow.recording import Event, EventKind
from whygrad.flow.run import Run
from whygrad.flow.variable import Variable
from whygrad.model.finding import Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix
from whygrad.source.edits import clear_each_step
from whygrad.source.files import Sources


def in_run(run: Run, sources: Sources) -> Iterator[Match]:
    recording = run.recording
    steps = sum(step.stepped for step in recording.steps)
    if len(recording.steps) < 2 or steps < 2:
        return
    held = [v for v in recording.variables if v.holders and v.trainable]
    full = {holding.optimizer for v in held if _carried(v) for holding in v.holders}
    # One whose gradient happened to sum to zero for a step is left with the others.
    piled = [v for v in held if _touched(v) and v.holders[0].optimizer in full]
    if not piled:
        return
    never = not run.events(EventKind.CLEARED)
    stepped = [e for e in run.events(EventKind.STEPPED) if e.optimizer in (None, *full)]
    shown = max(piled, key=lambda v: len(norms(v)))
    if recording.dialect.watches:
        evidence = ["nothing sets the variables back in which they are added up"]
    elif never:
        evidence = ["`zero_grad()` never ran"]
    else:
        evidence = ["`zero_grad()` does not reach them between steps"]
    if (numbers := growth(shown)) is not None:
        evidence.append(f"gradient norms of `{shown.name}` over the steps: {numbers}")
    yield Match(
        # It does train, if not as the person thinks.
        Severity.WARNING,
        stepped[0].place if stepped else None,
        lambda n: (
            f"the gradients of {n} are never cleared: each backward adds to those of all"
            " steps before, so every update repeats the old ones"
        ),
        evidence=tuple(evidence),
        fix=_fix(run, stepped, sources),
        variables=tuple(v.name for v in piled),
        undo=_cleared(piled),
        status=Status.TRAINS,
    )


def _fix(run: Run, stepped: Sequence[Event], sources: Sources) -> Fix:
    if run.recording.dialect.watches:
        return Fix("set the sums to zero after each update: `total.assign(tf.zeros_like(total))`")
    message = "call `optimizer.zero_grad()` once a step, before backward"
    backward = {event.place for event in run.events(EventKind.DIFFERENTIATED)}
    step = {event.place for event in stepped if event.place is not None}
    if len(backward) != 1 or len(step) != 1:
        return Fix(message)
    made = partial(clear_each_step, step=step.pop())
    return mended(sources, backward.pop(), message, made, safe=False)


def _cleared(piled: Sequence[Variable]) -> Undoing:
    """One backward alone, from gradients that were cleared, gives less than was there."""

    def made(steps: Sequence[int]) -> Undo | str:
        for step in reversed(steps):
            seen = [v.steps[step] for v in piled]
            values = tuple(s.value for s in seen if s.carried_over and s.value is not None)
            if values:
                return Undo(step, "the gradients cleared", values, expects=Expect.DIFFERENT)
        return NOT_KEPT

    return made


def _carried(variable: Variable) -> bool:
    """Every backward after the first found the last sum still there."""
    return len(variable.steps) > 1 and all(step.carried_over for step in variable.steps[1:])


def _touched(variable: Variable) -> bool:
    return any(step.carried_over for step in variable.steps[1:])


RULE = Rule("grads-not-cleared", in_run=in_run, in_source=grads_not_cleared)
