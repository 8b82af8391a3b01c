"""The one call of this room: every recording of a run, to findings, verdicts and notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from whygrad.causes.order import IDS
from whygrad.diagnosis.answers import answers
from whygrad.diagnosis.join import Group, grouped, told
from whygrad.diagnosis.judge import Judged, judge
from whygrad.diagnosis.proof.replays import Budget, Replays
from whygrad.diagnosis.prove import prove
from whygrad.diagnosis.remarks import remarks
from whygrad.diagnosis.rows import rows
from whygrad.flow.recording import Recording
from whygrad.flow.replaying import Replayer
from whygrad.flow.run import Run
from whygrad.flow.variable import Variable
from whygrad.model.finding import Finding, Proof
from whygrad.model.report import VariableRow
from whygrad.model.source import SourceLocation
from whygrad.source.files import Sources
from whygrad.source.ignore import Ignores


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Findings lead by severity, then by differential order, then by place."""

    findings: tuple[Finding, ...] = ()
    variables: tuple[VariableRow, ...] = ()
    notices: tuple[str, ...] = ()


def diagnose(
    recordings: Sequence[Recording],
    sources: Sources | None = None,
    replayers: Sequence[Replayer | None] = (),
    budget: Budget | None = None,
) -> Diagnosis:
    """Judge every variable, say why the ones that do not train do not, and prove it where the
    recording (at the same place in `replayers`) can be run again.
    """
    budget = budget if budget is not None else Budget()
    sources = sources if sources is not None else Sources()
    ignores = Ignores(sources)
    findings: list[Finding] = []
    variables: list[VariableRow] = []
    notices: list[str] = []
    for recording, replayer in zip_longest(recordings, replayers[: len(recordings)]):
        run = Run(recording)
        judged = list(_wanted(run, judge(run, sources), ignores))
        judged, groups = _proved(recording, judged, replayer, budget, sources)
        found = told(groups, recording.dialect)
        findings += found
        variables += rows(run, judged)
        notices += answers(run, found)
        notices += remarks(run, judged)
    notices += _unused_ignores(recordings, ignores)
    return Diagnosis(tuple(findings), tuple(variables), tuple(dict.fromkeys(notices)))


def _proved(
    recording: Recording,
    judged: list[Judged],
    replayer: Replayer | None,
    budget: Budget,
    sources: Sources,
) -> tuple[list[Judged], list[tuple[Group, Proof | None]]]:
    """What is left of it after the proofs, in the same order, and in groups."""
    groups = grouped(judged)
    if replayer is None:
        return judged, [(group, None) for group in groups]
    proved = list(prove(recording, groups, Replays(recording, replayer, budget), sources))
    now = {
        id(old): new for each in proved for old, new in zip(each.replaced, each.group, strict=False)
    }
    left = [now.get(id(each), each) for each in judged]
    left += [each for p in proved if p.uncovered for each in p.group]
    return left, [(p.group, p.proof) for p in proved]


def _wanted(run: Run, judged: list[Judged], ignores: Ignores) -> Iterator[Judged]:
    """All but what a person said is meant, at its place or where the variable is made."""
    by_name = {variable.name: variable for variable in run.recording.variables}
    for each in judged:
        made = _places(by_name[each.names[0]]) if len(each.names) == 1 else ()
        if not ignores.silences(each.cause, each.match.location, *made):
            yield each


def _places(variable: Variable) -> tuple[SourceLocation | None, ...]:
    return variable.made_at, variable.held_at


def _unused_ignores(recordings: Sequence[Recording], ignores: Ignores) -> Iterator[str]:
    places = [m.location for recording in recordings for m in recording.models]
    for recording in recordings:
        places += [place for v in recording.variables for place in _places(v)]
        places += [event.place for event in recording.events]
    for path in dict.fromkeys(place.path for place in places if place is not None):
        ignores.read(path)
    faulty = dict(ignores.faulty(IDS))
    for ignore, fault in faulty.items():
        yield f"{ignore.location}: {fault}"
    for ignore in ignores.unused():
        if ignore in faulty:
            continue
        where = f"{ignore.location.path}:{ignore.location.line}"
        yield f"`{ignore.location.source}` at {where} silences nothing"
