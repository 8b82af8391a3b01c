"""From a project's source to findings: every rule that can see its cause without a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from whygrad.model.finding import Finding, Severity
from whygrad.source.project.project import Project

if TYPE_CHECKING:
    from whygrad.causes.rule import Match

_ORDER = list(Severity)


def findings_in(
    project: Project,
    wanted: Callable[[str], bool] = lambda cause: True,
    failed: dict[str, Exception] | None = None,
) -> tuple[Finding, ...]:
    """The findings of all rules for causes that are wanted: by severity, then in differential
    order, then by place. A rule that raises goes into `failed`, if given, and the others go on.
    """
    if not any(True for _ in project.files()):
        return ()
    # Loads every cause, which an empty folder need not wait for.
    from whygrad.causes.catalogue import rules

    found: list[Finding] = []
    for rule in rules():
        if rule.in_source is None or not wanted(rule.id):
            continue
        try:
            found += _sorted(rule.id, rule.in_source(project))
        except Exception as error:
            if failed is None:
                raise
            failed[rule.id] = error
    return tuple(sorted(_leading(found), key=lambda f: _ORDER.index(f.severity)))


def _leading(found: list[Finding]) -> Iterator[Finding]:
    """Of several causes at one line, for the same variables, the first in differential order."""
    told: list[Finding] = []
    for finding in found:
        if not any(_explains(other, finding) for other in told):
            told.append(finding)
            yield finding


def _explains(one: Finding, other: Finding) -> bool:
    if one.location is None or other.location is None or one.cause == other.cause:
        return False
    places = [(f.location.path, f.location.line) for f in (one, other) if f.location is not None]
    weaker = _ORDER.index(one.severity) > _ORDER.index(other.severity)
    named = bool(other.variables) and set(other.variables) <= set(one.variables)
    return places[0] == places[1] and named and not weaker


def _sorted(cause: str, matches: Iterator[Match]) -> list[Finding]:
    findings = [_finding(cause, match) for match in matches]
    return sorted(findings, key=lambda f: (f.location.path, f.location.line) if f.location else ())


def _finding(cause: str, match: Match) -> Finding:
    from whygrad.causes.rule import Subject

    return Finding(
        cause=cause,
        severity=match.severity,
        framework=match.framework,
        variables=match.variables,
        message=match.message(Subject(match.variables)),
        location=match.location,
        evidence=(*match.evidence, *match.measured),
        path=match.path() if match.path is not None else (),
        fix=match.fix,
    )
