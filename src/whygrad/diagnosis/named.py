"""What is told of the files that were named, where others were read to understand them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from whygrad.model.finding import Finding, Severity
from whygrad.source.project.project import Project

_PLACE = re.compile(r"([^\s`]+):\d+:\d+")
"""A place as evidence writes it."""


def is_named(finding: Finding, project: Project) -> bool:
    """Whether a finding lies in a file that was named, and not in one that this imports."""
    return finding.location is None or project.is_named(finding.location.path)


def within(finding: Finding, project: Project) -> Finding:
    """The finding without edits of files that were not named: the words stay."""
    fix = finding.fix
    if fix is None or all(project.is_named(edit.path) for edit in fix.edits):
        return finding
    return replace(finding, fix=replace(fix, edits=()))


def beside(findings: Iterable[Finding], project: Project) -> Iterator[str]:
    """What is wrong with a named file where another one has to be mended: silence would say that
    nothing is.
    """
    told = set()
    for finding in findings:
        place = finding.location
        if place is None or finding.severity is not Severity.ERROR or is_named(finding, project):
            continue
        for path in _PLACE.findall("\n".join(finding.evidence)):
            if project.is_named(path) and (path, place.path) not in told:
                told.add((path, place.path))
                yield (
                    f"{path}: an error that concerns it lies in {place.path}, which was not named:"
                    f" `whygrad check {path} {place.path}` tells it"
                )
