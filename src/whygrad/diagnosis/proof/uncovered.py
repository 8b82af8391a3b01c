"""What holds a gradient back behind what was taken away: zero in a row with zero.

A replay from which nothing but zeros came is measured once more as it is then, and the rules of the
family are asked of it as of any other step. What they name is tried alone and with the first.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from whygrad.causes.catalogue import rules
from whygrad.causes.order import family
from whygrad.causes.rule import Match, Subject, Undo, Undoing
from whygrad.causes.words import at
from whygrad.diagnosis.join import Group, grouped
from whygrad.diagnosis.judge import Judged
from whygrad.diagnosis.proof.replays import Replays
from whygrad.diagnosis.proof.trial import Outcome, merged, total, united
from whygrad.diagnosis.proof.words import norm
from whygrad.flow.case import Case
from whygrad.flow.recording import Recording
from whygrad.flow.replaying import Replayed
from whygrad.flow.run import Run
from whygrad.model.cause import Family
from whygrad.model.finding import Proof, Severity
from whygrad.model.report import Gradient
from whygrad.model.source import SourceLocation
from whygrad.source.files import Sources

CONSTANT: Final = "constant-output"
_MOST: Final = 2
"""Findings behind one that are tried."""


@dataclass(frozen=True, slots=True)
class Second:
    """A finding that lies behind another, and what became of both."""

    group: Group
    proof: Proof
    first: Proof | None
    """Of the other one, for the same variables; None where this one alone is enough."""


def seconds(
    recording: Recording,
    members: Sequence[tuple[Judged, Undo]],
    outcome: Outcome,
    replays: Replays,
    sources: Sources,
) -> Iterator[Second]:
    """For the variables that got a gradient of exactly zero all the same."""
    undo, lead = outcome.undo, members[0][0]
    if outcome.seen.probe is None or family(lead.cause) is not Family.ZERO:
        return
    zero = {value for value in undo.wanted if outcome.seen.gradients.get(value) == 0.0}
    names = [name for each, one in members if zero & {*one.wanted} for name in each.names]
    run = Run(_as_replayed(recording, undo.step, outcome.seen))
    found = list(_judged(run, sources, undo, lead, frozenset(names)))
    for group in grouped(found)[:_MOST]:
        second = _tried(group, undo, replays)
        if second is not None:
            yield second


def _as_replayed(recording: Recording, step: int, seen: Replayed) -> Recording:
    """That one step as it came out, as if it were all there is."""
    variables = []
    for variable in recording.variables:
        one = variable.steps[step]
        size = seen.gradients.get(one.value) if one.value is not None else None
        if size:
            one = replace(one, gradient=Gradient.FINITE, gradient_norm=size)
        variables.append(replace(variable, steps=(one,)))
    steps = (replace(recording.steps[step], probe=seen.probe),)
    return replace(recording, steps=steps, variables=tuple(variables))


def _judged(
    run: Run, sources: Sources, first: Undo, lead: Judged, names: Collection[str]
) -> Iterator[Judged]:
    """What the family says of it. The same line for the same reason is no second finding."""
    place = lead.match.location
    for variable in run.recording.variables:
        if variable.name not in names:
            continue
        case = Case(run, variable)
        for rule in rules():
            if rule.in_case is None or family(rule.id) is not Family.ZERO:
                continue
            for match in rule.in_case(case, sources):
                same = (rule.id, match.location) == (lead.cause, place)
                if match.severity is not Severity.NOTE and not same:
                    yield Judged(rule.id, _behind(match, rule.id, first, place), (variable.name,))


def _behind(match: Match, cause: str, first: Undo, place: SourceLocation | None) -> Match:
    seen = f"with {first.words}{at(place)}"
    # What is the same whatever goes in is so with the other one or without it.
    as_ever = cause == CONSTANT
    return replace(
        match,
        message=match.message if as_ever else lambda n: f"{seen}, {match.message(n)}",
        evidence=(*match.evidence, f"seen when the step was run again {seen}"),
        measured=(),
        behind=place,
        undo=_then(match.undo, first),
    )


def _then(undoing: Undoing | None, first: Undo) -> Undoing | None:
    """The rules were told of one step, which has another number."""

    def made(steps: Sequence[int]) -> Undo | str:
        assert undoing is not None
        answer = undoing((0,))
        return replace(answer, step=first.step) if isinstance(answer, Undo) else answer

    return made if undoing is not None else None


def _tried(group: Group, first: Undo, replays: Replays) -> Second | None:
    asked = [each.match.undo((first.step,)) for each in group if each.match.undo is not None]
    undos = [answer for answer in asked if isinstance(answer, Undo)]
    if not undos:
        return None
    undo = merged(undos)
    both = replays.changed(first.step, undo.wanted, united((*first.changes, *undo.changes)))
    came = [value for value in undo.wanted if _comes(both, value)]
    if not came:
        return None
    alone = replays.changed(first.step, undo.wanted, undo.changes)
    enough = all(_comes(alone, value) for value in came)
    n = Subject(tuple(dict.fromkeys(name for each in group for name in each.names)))
    after = total((alone if enough else both).gradients.get(value) for value in came)
    gets = f"{n} get{n.s} a gradient of norm {norm(after)} (zero before)"
    if enough:
        words = f"with {undo.words} alone and the step run again, {gets}"
        return Second(group, Proof("replay", 0.0, after, True, words), None)
    words = f"with {undo.words} together with the other finding, and the step run again, {gets}"
    other = (
        f"with {first.words} and the step run again, {n} still get{n.s} a gradient of exactly zero;"
        f" with {undo.words} as well, {gets}"
    )
    return Second(
        group,
        Proof("replay", 0.0, after, True, words),
        Proof("replay", 0.0, after, True, other),
    )


def _comes(seen: Replayed, value: int) -> bool:
    size = seen.gradients.get(value)
    return size is not None and math.isfinite(size) and size > 0.0
