"""Proof by replay: each error and warning is tried, and lowered where what it says does not hold.

A finding stays where its cause, taken away, lets a gradient through (or what else it expects).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from whygrad.causes.rule import Expect, Sentence, Subject, Undo
from whygrad.causes.words import at
from whygrad.diagnosis.judge import Judged
from whygrad.diagnosis.proof.replays import Replays
from whygrad.diagnosis.proof.row import Link, all_together, row, still_bad
from whygrad.diagnosis.proof.trial import Outcome, alike, merged, total, tried
from whygrad.diagnosis.proof.uncovered import CONSTANT, Second, seconds
from whygrad.diagnosis.proof.words import sentence
from whygrad.flow.graph import Barrier
from whygrad.flow.recording import Recording
from whygrad.flow.replaying import CannotReplayError, StepFailsError
from whygrad.model.finding import Proof, Severity
from whygrad.model.report import Gradient
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_NO_WAY = "no replay is known that would take this cause away"
_TRIALS = 3
"""Replays in which the variables of one finding may differ, e.g. by step."""
_EXACT = (Barrier.DETACHED, Barrier.GRAD_DISABLED)
"""To open these in a replay is to leave out what the person wrote, and no more."""


@dataclass(frozen=True, slots=True)
class Proved:
    """The matches of one finding, lowered where the proof failed, and the proof."""

    group: tuple[Judged, ...]
    proof: Proof | None
    replaced: tuple[Judged, ...] = ()
    """What the group's matches were before, in the same order; empty where nothing changed."""
    uncovered: bool = False
    """The replay of another finding brought it to light."""


def prove(
    recording: Recording,
    groups: Sequence[Sequence[Judged]],
    replays: Replays,
    sources: Sources | None = None,
) -> Iterator[Proved]:
    """Try every finding that is no note; one that holds for a part of its variables is split."""
    for group in groups:
        if group[0].match.severity is Severity.NOTE:
            yield Proved(tuple(group), None)
            continue
        try:
            yield from _tried(recording, tuple(group), replays, sources or Sources())
        except StepFailsError as error:
            yield _failing(recording, tuple(group), replays, error)
        except CannotReplayError as error:
            yield Proved(tuple(group), _none(str(error)))
        except Exception as fault:  # a fault in a proof must not cost the finding
            reason = f"the proof itself failed: {type(fault).__name__}: {fault}"
            yield Proved(tuple(group), _none(reason))


def _none(reason: str) -> Proof:
    return Proof("none", None, None, None, reason)


def _tried(
    recording: Recording, group: tuple[Judged, ...], replays: Replays, sources: Sources
) -> Iterator[Proved]:
    if replays.unkept is not None:
        raise CannotReplayError(replays.unkept)
    asked, reason = _undos(group, replays.steps)
    if not asked:
        yield Proved(group, _none(reason))
        return
    if len(asked) == 1 and asked[0][1].expects is Expect.FINITE:
        links = row(replays, *asked[0])
        if len(links) > 1 or links[0].seen.next_bad is not None:
            yield from _in_a_row(recording, links)
            return
    outcomes: list[Outcome] = []
    failed: list[Judged] = []
    behind: list[Second] = []
    for members in _sorted(asked):
        outcome = _best(recording, members, replays)
        outcomes.append(outcome)
        failed += (each for each, undo in members if outcome.failed(undo.wanted))
        behind += seconds(recording, members, outcome, replays, sources)
    yield from _sorted_out(recording, group, outcomes, failed, behind)
    for second in behind:
        yield Proved(tuple(second.group), second.proof, uncovered=True)


def _sorted_out(
    recording: Recording,
    group: tuple[Judged, ...],
    outcomes: list[Outcome],
    failed: list[Judged],
    behind: Sequence[Second],
) -> Iterator[Proved]:
    """Those that the trials showed, and those they did not, lowered."""
    held = tuple(each for each in group if not any(each is other for other in failed))
    if not any(outcome.holds for outcome in outcomes):
        held, failed = (), list(group)
        together = next((one for one in behind if one.first is not None), None)
        if together is not None:  # each of the two would hold it back without the other
            yield _beside(group, together)
            return
    if held:
        holding = [outcome for outcome in outcomes if outcome.holds]
        yield Proved(held, _proof(recording, held, holding, True))
    if failed:
        failing = [o for o in outcomes if not o.holds] or outcomes
        proof = _proof(recording, tuple(failed), failing, False)
        yield Proved(tuple(_lowered(each, proof) for each in failed), proof, tuple(failed))


def _beside(group: tuple[Judged, ...], second: Second) -> Proved:
    """What is given to the first is no matter of its own where the second gives the same always."""
    if second.group[0].cause != CONSTANT:
        return Proved(group, second.first)
    comes = f"that comes of the other finding{at(second.group[0].match.location)}"
    lowered = (
        replace(each.match, severity=Severity.NOTE, message=_also(each.match.message, comes))
        for each in group
    )
    matches = tuple(replace(each, match=one) for each, one in zip(group, lowered, strict=True))
    return Proved(matches, second.first, group)


def _also(message: Sentence, more: str) -> Sentence:
    return lambda n: f"{message(n)}; {more}"


def _undos(group: Sequence[Judged], steps: Sequence[int]) -> tuple[list[tuple[Judged, Undo]], str]:
    """What takes the cause away for each match, or why nothing does."""
    asked: list[tuple[Judged, Undo]] = []
    reason = _NO_WAY
    for each in group:
        answer = each.match.undo(steps) if each.match.undo is not None else None
        if isinstance(answer, Undo):
            asked.append((each, answer))
        elif answer is not None:
            reason = answer
    return asked, reason


def _sorted(asked: Sequence[tuple[Judged, Undo]]) -> list[list[tuple[Judged, Undo]]]:
    """Those that go into one replay together, the most first."""
    found: dict[object, list[tuple[Judged, Undo]]] = {}
    for each, undo in asked:
        found.setdefault(alike(undo), []).append((each, undo))
    return sorted(found.values(), key=len, reverse=True)[:_TRIALS]


def _best(
    recording: Recording, members: Sequence[tuple[Judged, Undo]], replays: Replays
) -> Outcome:
    """Where nothing but zeros came, one more step is asked: a factor may start at zero."""
    outcome = _once(recording, [undo for _, undo in members], replays)
    if not outcome.zero:
        return outcome
    left = [step for step in replays.steps if step != outcome.undo.step]
    again, _ = _undos([each for each, _ in members], left)
    if len(again) < len(members) or len({alike(undo) for _, undo in again}) > 1:
        return outcome
    second = _once(recording, [undo for _, undo in again], replays)
    return second if second.holds and not second.zero else outcome


def _once(recording: Recording, undos: Sequence[Undo], replays: Replays) -> Outcome:
    undo = merged(undos)
    return tried(replays, undo, _observed(recording, undo.step))


def _observed(recording: Recording, step: int) -> Mapping[int, float | None]:
    """The norm of what came back in a step, by value."""
    special = {Gradient.NONE: None, Gradient.NAN: math.nan, Gradient.INF: math.inf}
    found: dict[int, float | None] = {}
    for variable in recording.variables:
        seen = variable.steps[step]
        if seen.value is not None:
            found[seen.value] = special.get(seen.gradient, seen.gradient_norm)
    return found


def _proof(
    recording: Recording, group: Sequence[Judged], outcomes: Sequence[Outcome], holds: bool
) -> Proof:
    first = outcomes[0]
    subject = Subject(tuple(dict.fromkeys(name for each in group for name in each.names)))
    values = set(first.undo.wanted)
    if not holds:  # of a split finding, those that failed
        values = {v for v in values if first.failed((v,))} or values
    observed = _observed(recording, first.undo.step)
    before = total(observed.get(value) for value in sorted(values))
    after = total(first.seen.gradients.get(value) for value in sorted(values))
    return Proof("replay", before, after, holds, sentence(first, subject, before, after))


def _in_a_row(recording: Recording, links: list[Link]) -> Iterator[Proved]:
    """Each op is mended by its own change, and the gradient by all of them together."""
    closed = links[-1].finite
    if not closed and links[-1].seen.next_bad is None:
        links = links[:-1]  # what was changed there made no difference
    for number, link in enumerate(links):
        graph = recording.steps[link.undo.step].graph
        subject = Subject(link.each.names)
        observed = _observed(recording, link.undo.step)
        before = total(observed.get(value) for value in link.undo.wanted)
        if closed:
            after = total(links[-1].seen.gradients.get(value) for value in link.undo.wanted)
            words = all_together(links, number, graph, subject, (before, after))
            proof = Proof("replay", before, after, True, words)
        else:
            proof = _none(still_bad(links, number, graph, subject))
        yield Proved((link.each,), proof, uncovered=number > 0)


def _failing(
    recording: Recording, group: tuple[Judged, ...], replays: Replays, error: StepFailsError
) -> Proved:
    """Where taking the cut away is all that an edit would do, it would end the program as it ended
    the replay. An op that has no derivative there is why the cut was made, it seems.
    """
    undos = [undo for _, undo in _undos(group, replays.steps)[0]]
    exact = {
        recording.steps[undo.step].graph.barriers[edge] in _EXACT
        for undo in undos
        for change in undo.changes
        for edge in change.edges
    }
    if exact != {True}:
        return Proved(group, _none(str(error)))
    withdrawn = tuple(_withdrawn(each, lower=error.no_derivative) for each in group)
    return Proved(withdrawn, _none(f"with {undos[0].words}, {error}"), group)


def _withdrawn(each: Judged, *, lower: bool) -> Judged:
    fix = "to take it away is not enough: the step then fails"
    if lower:
        fix += ", for an op behind it has no derivative there; write that part in ops that have one"
    severity = Severity.WARNING if lower else each.match.severity
    return replace(each, match=replace(each.match, severity=severity, fix=Fix(fix)))


def _lowered(each: Judged, proof: Proof) -> Judged:
    """No error and no warning any more: what was said and what speaks against it."""
    match = each.match
    tried_words = f"not confirmed: {proof.message}"
    return replace(
        each,
        match=replace(
            match,
            severity=Severity.NOTE,
            message=lambda n: f"{match.message(n)}; {tried_words}",
            evidence=(*match.evidence, tried_words),
        ),
    )
