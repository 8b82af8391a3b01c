"""Gradients too small for their type on the way back, and loss scales too large for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from whygrad.causes.numerics.sick import scaled_too_high, sick_steps
from whygrad.causes.rule import Match, Rule
from whygrad.causes.undoing import changed, impossible
from whygrad.causes.ways import path_to_loss
from whygrad.causes.words import at, every, number
from whygrad.flow.case import Case
from whygrad.flow.death import Death
from whygrad.flow.recording import EventKind
from whygrad.flow.replaying import ChangeKind
from whygrad.flow.run import Run
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_HIGH: Final = 2.0**32
"""A scale under which even a gradient of 2e-5 overflows float16. A scaler that begins at its
usual 65536 finds a scale that fits within a few steps.
"""


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    if not case.variable.trainable or case.gradient is not Gradient.ZERO:
        return
    death = _flushed(case)
    if death is None:
        return
    step = case.recording.steps[death.step]
    value = case.seen[death.step].value
    probe, op = step.probe, step.graph.ops[step.graph.edge_ops[death.edge]]
    wider = probe.wider.get(value) if probe is not None and value is not None else None
    share = max(probe.flushed.get(edge, 0.0) for edge in death.edges) if probe else 0.0
    yield Match(
        Severity.ERROR,
        op.place or case.variable.made_at,
        lambda n: (
            f"the gradient{'' if n.one else 's'} of {n} {n.is_} too small for the type: what"
            f" `{op.name}`{at(op.place)} hands back is below what half precision can hold, and"
            " becomes 0"
        ),
        evidence=(
            f"{share:.0%} of the entries that `{op.name}` hands back are 0 here and are not in a"
            f" wider type; what arrives there has norm {number(death.arrived)}",
            "float16 holds nothing below 6e-8",
        ),
        measured=_measured(case, wider),
        fix=Fix(
            "multiply the loss before backward (`torch.amp.GradScaler`), or use bfloat16, which"
            " reaches as far down as float32",
            safe=False,
        ),
        path=path_to_loss(case),
        group=("underflow", case.variable.model),
        undo=changed(case, death.step, "all of it kept in float32", ChangeKind.WIDEN),
    )


def _measured(case: Case, wider: float | None) -> tuple[str, ...]:
    if not wider:
        return ()
    steps = every(len(case.dead_steps))
    return (f"its gradient is 0 {steps}; when the step is run in a wider type, {number(wider)}",)


def _flushed(case: Case) -> Death | None:
    """Where the gradient died by rounding to zero alone."""
    for death in case.deaths:
        probe = case.recording.steps[death.step].probe
        if probe is not None and any(edge in probe.flushed for edge in death.edges):
            return death
    return None


def in_run(run: Run, sources: Sources) -> Iterator[Match]:
    """A loss scale that makes every observed step overflow, and is not near one that fits."""
    skipped = run.events(EventKind.SKIPPED)
    sick = list(sick_steps(run))
    if run.stepped or not skipped or not sick or not all(map(scaled_too_high, sick)):
        return
    scales = [float(event.detail) for event in skipped if event.detail]
    if not scales or min(scales) < _HIGH:
        return
    yield Match(
        Severity.WARNING,
        skipped[0].place,
        lambda n: (
            f"{n} never move{n.s}: the loss scaler skips every step, since a scale of"
            f" {number(scales[0])} makes the gradients overflow"
        ),
        evidence=(
            f"the scale is halved after each such step; at the last observed one it was"
            f" {number(scales[-1])}",
        ),
        fix=Fix("leave `init_scale` at its default of 65536, or take a smaller one"),
        variables=tuple(dict.fromkeys(v.name for one in sick for v in one.variables)),
        undo=impossible("the scale is part of the scaler's state, not of the step"),
    )


RULE = Rule("underflow", in_case=in_case, in_run=in_run)
