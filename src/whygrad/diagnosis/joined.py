"""A run's report, and what the source of the files that took part shows of the same.

Where both find the same cause at the same place, the run knows better what happens there, and the
source what to write. What the source alone shows is left to `whygrad check`: the run has seen that
it is otherwise, or has not come there, and then it is counted. But of a script that fails before it
trains, it may be all that there is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from whygrad.diagnosis.check import check
from whygrad.diagnosis.same import same
from whygrad.diagnosis.unseen import Lines, with_unseen
from whygrad.diagnosis.withdrawn import contradicted
from whygrad.model.comparison import pressing
from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Report
from whygrad.source.project.project import read_project

_LARGEST: Final = 3_000_000
"""Bytes. To read more than this takes longer than a person who waits for a report will."""

_LITTLE: Final = 200_000
"""Bytes. So much is read after a run that shows nothing to be mended."""

_UNSEEN: Final = (
    "this is what the source shows: the script failed before a training step could be observed"
)


def joined(
    report: Report,
    files: Callable[[], Sequence[str]],
    root: str,
    ran: Callable[[], Lines] | None = None,
    wanted: Callable[[str], bool] = lambda cause: True,
) -> Report:
    """The report with what the source adds to it. `files` gives those of the run, below `root`;
    `ran` lines of the functions that the run saw something of. Without it nothing is said of
    what it did not see.
    """
    mute = _fails_early(report)
    needed = mute or any(_needs_edit(finding) for finding in pressing(report))
    if not needed and (ran is None or not report.frameworks):
        return report
    shown = {os.path.abspath(os.path.join(root, file)): file for file in files()}  # noqa: PTH100, PTH118
    shown = {Path(path).as_posix(): file for path, file in shown.items() if os.path.isfile(path)}  # noqa: PTH113
    size = sum(os.path.getsize(path) for path in shown)  # noqa: PTH202
    if size > (_LARGEST if needed else _LITTLE):
        return report
    project = read_project(list(shown), jobs=1, files=shown)
    source = pressing(check(project))
    found = tuple(_with_edit(finding, source) for finding in report.findings)
    if mute:
        found += tuple(_unseen(report, source))
    report = replace(report, findings=found)
    if ran is None or mute:
        return report
    told = [f for f in source if wanted(f.cause)]
    return with_unseen(report, told, project, shown, ran())


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
