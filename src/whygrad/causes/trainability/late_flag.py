"""A flag that was set when nobody read it any more: what trains was settled before."""

from __future__ import annotations

from whygrad.causes.opening import asked_for
from whygrad.causes.rule import Match
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.tags import FLAG_TOO_LATE, UNWATCHED
from whygrad.model.finding import Severity
from whygrad.model.source import Fix


def too_late(case: Case) -> Match | None:
    """Of a registered variable that does not train; None where its flag came in time."""
    variable = case.variable
    if UNWATCHED in variable.tags and variable.trainable and not case.got_gradient:
        return _made_frozen(case)
    if FLAG_TOO_LATE not in variable.tags or case.moved:
        return None
    return _still_frozen(case) if variable.trainable else _frozen_by_accident(case)


def _made_frozen(case: Case) -> Match:
    place = case.variable.frozen_at
    return Match(
        Severity.ERROR,
        place or case.variable.made_at,
        lambda n: (
            f"{n} get{n.s} no gradient: {n.its} layer was frozen{at(place)} before it was built, so"
            f" no tape watches {n.it}, though `trainable` says `True` by now"
        ),
        fix=Fix("build the layer first (call the model once), then freeze it", safe=False),
        undo=asked_for(case, "{n} watched"),
    )


def _still_frozen(case: Case) -> Match:
    place = case.variable.frozen_at
    return Match(
        Severity.ERROR,
        place or case.variable.made_at,
        lambda n: (
            f"{n} {n.is_} still frozen: `trainable` was set{at(place)} when the function that"
            " trains the model had been built, and that reads the flag once"
        ),
        evidence=(f"`{case.recording.dialect.listing}` lists it by now, which changes nothing",),
        fix=Fix("call `model.compile(...)` again after setting `trainable`", safe=False),
        undo=asked_for(case, "{n} asked for a gradient"),
    )


def _frozen_by_accident(case: Case) -> Match:
    """Compiled to be trained by itself, then frozen for the sake of another model around it."""
    place = case.variable.frozen_at
    return Match(
        Severity.ERROR,
        place or case.variable.made_at,
        lambda n: (
            f"{n} {n.does} not train: `trainable = False`{at(place)} came after `compile` and"
            " before the first training step, and that is when the flag is read"
        ),
        evidence=("in Keras 2 `compile` itself read the flag, so there the same code trained",),
        fix=Fix(
            "do not freeze it: leave it out of the other model's update, with a `train_step` of its"
            " own that updates the other part alone",
            safe=False,
        ),
        undo=asked_for(case, "{n} asked for a gradient"),
    )
