"""One finding for all variables that one cause at one place explains, the most pressing first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from whygrad.causes.order import IDS
from whygrad.causes.rule import Match, Subject
from whygrad.diagnosis.judge import Judged
from whygrad.flow.recording import Dialect
from whygrad.model.finding import Finding, PathStep, Proof, Severity
from whygrad.model.source import SourceLocation

_SEVERITIES = tuple(Severity)
_PATHS = 24
"""Ways are walked for this many findings; beyond that nobody reads them."""


Group = Sequence[Judged]
"""What becomes one finding: one cause, one severity, one place."""


def grouped(judged: Iterable[Judged]) -> list[Group]:
    """The findings to be, the most pressing first."""
    groups: dict[object, list[Judged]] = {}
    for each in judged:
        match = each.match
        place = match.group if match.group is not None else _spot(match.location)
        if place is None:
            place = _stem(each.names)
        groups.setdefault((each.cause, match.severity, place), []).append(each)
    return sorted(groups.values(), key=_rank)


def told(groups: Iterable[tuple[Group, Proof | None]], dialect: Dialect) -> list[Finding]:
    """Rank, and only then do what is done once a finding: the sentence and the way."""
    ordered = sorted(groups, key=lambda pair: _rank(pair[0]))
    return [
        _finding(group, dialect, number, proof) for number, (group, proof) in enumerate(ordered)
    ]


def _spot(place: SourceLocation | None) -> object:
    return None if place is None else (place.path, place.line, place.column)


def _stem(names: tuple[str, ...]) -> str:
    return names[0].rpartition(".")[0] if names else ""


def _rank(group: Group) -> tuple[int, int, str, int, bool]:
    first = group[0]
    behind = first.match.behind
    place = behind if behind is not None else first.match.location
    return (
        _SEVERITIES.index(first.match.severity),
        IDS.index(first.cause),
        place.path if place else "",
        place.line if place else 0,
        behind is not None,
    )


def _finding(group: Group, dialect: Dialect, number: int, proof: Proof | None) -> Finding:
    first = group[0].match
    fix = next((each.match.fix for each in group if each.match.fix is not None), None)
    names = tuple(dict.fromkeys(name for each in group for name in each.names))
    return Finding(
        cause=group[0].cause,
        severity=first.severity,
        framework=dialect.framework,
        variables=names,
        message=_sentence(first, names),
        location=first.location,
        evidence=tuple(map(dialect.said, _evidence(group, names))),
        path=_path(first) if number < _PATHS else (),
        fix=None if fix is None else replace(fix, message=dialect.said(fix.message)),
        proof=proof,
    )


def _sentence(match: Match, names: tuple[str, ...]) -> str:
    return match.message(Subject(names))


def _path(match: Match) -> tuple[PathStep, ...]:
    return match.path() if match.path is not None else ()


def _evidence(group: Group, names: tuple[str, ...]) -> tuple[str, ...]:
    """What was measured on the first variable stands for all, under its name."""
    measured: list[str] = list(group[0].match.measured)
    if len(names) > 1:
        measured = [f"`{names[0]}`: {line}" for line in measured]
    shared = (line for each in group for line in each.match.evidence)
    return tuple(dict.fromkeys((*measured, *shared)))[:8]
