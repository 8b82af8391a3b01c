"""A run's report, and what the source of the files that took part shows of the same.

Where both find the same cause at the same place, the run knows better what happens there, and the
source what to write. What the source alone shows is left to `whygrad check`: the run has seen that
it is otherwise, or has not come there. But of a script that fails before it trains, it may be all
that there is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from whygrad.diagnosis.check import check
from whygrad.diagnosis.withdrawn import contradicted
from whygrad.model.comparison import pressing
from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Report
from whygrad.model.source import SourceLocation
from whygrad.source.project.project import read_project

_LARGEST: Final = 3_000_000
"""Bytes. To read more than this takes longer than a person who waits for a report will."""

_UNSEEN: Final = (
    "this is what the source shows: the script failed before a training step could be observed"
)


def joined(report: Report, files: Callable[[], Sequence[str]], root: str) -> Report:
    """The report with what the source adds to it. `files` gives those of the run, below `root`.

    Reads nothing where there is nothing to add to: a healthy run costs no more for it.
    """
    mute = _fails_early(report)
    if not mute and not any(_needs_edit(finding) for finding in pressing(report)):
        return report
    shown = {os.path.abspath(os.path.join(root, file)): file for file in files()}  # noqa: PTH100, PTH118
    shown = {Path(path).as_posix(): file for path, file in shown.items() if os.path.isfile(path)}  # noqa: PTH113
    if sum(os.path.getsize(path) for path in shown) > _LARGEST:  # noqa: PTH202
        return report
    source = pressing(check(read_project(list(shown), jobs=1, files=shown)))
    found = tuple(_with_edit(finding, source) for finding in report.findings)
    if mute:
        found += tuple(_unseen(report, source))
    return replace(report, findings=found)


def same(one: Finding, other: Finding) -> bool:
    """Whether two findings, of a run and of the source, are about the same thing."""
    if one.cause != other.cause or one.framework != other.framework:
        return False
    places = one.location, other.location
    if places[0] is None or places[1] is None or places[0].path != places[1].path:
        return False
    return _start(places[0]) <= _end(places[1]) and _start(places[1]) <= _end(places[0])


def _fails_early(report: Report) -> bool:
    return report.exception is not None and not report.steps and not report.errors


def _needs_edit(finding: Finding) -> bool:
    return finding.fix is None or not finding.fix.edits


def _with_edit(finding: Finding, source: Sequence[Finding]) -> Finding:
    if finding.severity is Severity.NOTE or not _needs_edit(finding):
        return finding
    # An edit that changes what is computed is the run's to offer: it saw what else hangs on it.
    fixes = {
        other.fix.edits: other.fix
        for other in source
        if other.fix is not None
        and other.fix.edits
        and other.fix.safe
        and same(finding, other)
        and not _denied(finding, other)
    }
    return replace(finding, fix=fixes.popitem()[1]) if len(fixes) == 1 else finding


def _denied(finding: Finding, source: Finding) -> bool:
    """Whether the run was less sure of it, or found that to take the cause away does not help."""
    if finding.severity is Severity.WARNING and source.severity is Severity.ERROR:
        return True
    return finding.proof is not None and finding.proof.holds is False


def _unseen(report: Report, source: Iterable[Finding]) -> Iterable[Finding]:
    for finding in source:
        known = finding.framework in report.frameworks
        if known and finding.severity is Severity.ERROR and not contradicted(finding, report):
            yield replace(finding, evidence=(*finding.evidence, _UNSEEN))


def _start(place: SourceLocation) -> tuple[int, int]:
    return place.line, place.column or 0


def _end(place: SourceLocation) -> tuple[int, float]:
    """Of a place without an end, that of its line."""
    if place.end_line is None or place.end_column is None:
        return place.line, float("inf")
    return place.end_line, place.end_column
