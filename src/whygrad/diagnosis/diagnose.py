"""The one call of this room: every recording of a run, to findings, verdicts and notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from whygrad.diagnosis.answers import answers
from whygrad.diagnosis.join import joined
from whygrad.diagnosis.judge import Judged, judge
from whygrad.diagnosis.remarks import remarks
from whygrad.diagnosis.rows import rows
from whygrad.flow.recording import Recording
from whygrad.flow.run import Run
from whygrad.flow.variable import Variable
from whygrad.model.finding import Finding
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


def diagnose(recordings: Sequence[Recording], sources: Sources | None = None) -> Diagnosis:
    """Judge every variable and say why the ones that do not train do not."""
    sources = sources if sources is not None else Sources()
    ignores = Ignores(sources)
    findings: list[Finding] = []
    variables: list[VariableRow] = []
    notices: list[str] = []
    for recording in recordings:
        run = Run(recording)
        judged = list(_wanted(run, judge(run, sources), ignores))
        told = joined(judged, recording.dialect.framework)
        findings += told
        variables += rows(run, judged)
        notices += answers(run, told)
        notices += remarks(run, judged)
    notices += _unused_ignores(recordings, ignores)
    return Diagnosis(tuple(findings), tuple(variables), tuple(dict.fromkeys(notices)))


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
    for ignore in ignores.unused():
        where = f"{ignore.location.path}:{ignore.location.line}"
        yield f"`{ignore.location.source}` at {where} silences nothing"
