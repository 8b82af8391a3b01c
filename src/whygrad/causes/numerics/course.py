"""What `vanishing` and `exploding` have in common: the layers concerned, and how it is told."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from whygrad.causes.numerics.depth import Profile, between, links, shown
from whygrad.causes.rule import Expect, Match, Subject, Undo, Undoing
from whygrad.causes.undoing import NOT_KEPT
from whygrad.causes.words import at, number
from whygrad.flow.replaying import Change, ChangeKind
from whygrad.flow.run import Run
from whygrad.flow.variable import Variable
from whygrad.model.finding import Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix

_FAR = 1e3
"""Named are the layers that differ from those next to the loss by more than this."""


def match(
    run: Run,
    profiles: Sequence[Profile],
    message: Callable[[Subject, str], str],
    fix: Fix,
    expects: Expect,
) -> Match:
    """A warning at the line that first reads the layer that is worst off."""
    profile = profiles[0]
    named = _named(profile)
    graph = run.recording.steps[profile.step].graph
    return Match(
        Severity.WARNING,
        graph.ops[profile.layers[0].used].place,
        lambda n: message(n, _course(profile)),
        evidence=(
            _numbers(profile),
            *(
                f"`{op.name}`{at(op.place)} stands {n} times between"
                for op, n in between(run, profile)
            ),
        ),
        fix=fix,
        status=Status.UNKNOWN,
        variables=tuple(variable.name for variable in named),
        undo=_undo(run, profiles, named, expects),
    )


def _named(profile: Profile) -> tuple[Variable, ...]:
    """All of the layers far from the last ones; the worst layer leads."""
    reference = profile.last
    far = [
        layer
        for layer, value in zip(profile.layers, profile.arrives, strict=True)
        if not 1 / _FAR < value / reference < _FAR
    ]
    return tuple(variable for layer in far or profile.layers[:1] for variable in layer.variables)


def _course(profile: Profile) -> str:
    """`about 4.2-fold from layer to layer over 20 layers`."""
    count = len(profile.layers)
    fold = math.exp(abs(profile.rise) / max(1, count - 1 - count // 4))
    return f"about {number(fold)}-fold from layer to layer, over {count} layers"


def _numbers(profile: Profile) -> str:
    what = "gradient over weight" if profile.relative else "gradient that arrives"
    values = ", ".join(f"`{name}` {number(value)}" for name, value in shown(profile).items())
    return f"{what}, from the input to the loss: {values}"


def _undo(
    run: Run, profiles: Sequence[Profile], named: Sequence[Variable], expects: Expect
) -> Undoing:
    def made(steps: Sequence[int]) -> Undo | str:
        profile = next((one for one in reversed(profiles) if one.step in steps), None)
        if profile is None:
            return NOT_KEPT
        first = {variable.name for variable in profile.layers[0].variables}
        values = (v.steps[profile.step].value for v in named if v.name in first)
        wanted = tuple(value for value in values if value is not None)
        edges = links(run, profile)
        if not wanted or not edges:
            return "nothing between the layers could be left out"
        change = Change(ChangeKind.BYPASS, edges=edges)
        words = "the gradient handed from layer to layer as it is"
        return Undo(profile.step, words, wanted, (change,), expects=expects, factor=_FAR)

    return made
