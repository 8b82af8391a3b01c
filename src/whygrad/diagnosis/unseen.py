"""Errors of the source in functions of which a run saw nothing: neither confirmed nor withdrawn.

They are counted and not told: the run is about what it saw, and `whygrad check` tells them.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from whygrad.diagnosis.same import same
from whygrad.diagnosis.withdrawn import contradicted, told_of_all
from whygrad.model.finding import Finding, Severity
from whygrad.model.report import Report, Unseen
from whygrad.model.source import SourceLocation
from whygrad.source.module import Scope, SourceModule
from whygrad.source.project.project import Project

Lines = Mapping[str, Collection[int]]
"""Lines of functions that ran, by file."""

_BUILT: Final = frozenset({"__init__", "__post_init__", "setup", "build", "forward", "call"})
"""What ran of a class of which there was an object that computed."""
_MOST_FILES: Final = 3


def with_unseen(
    report: Report,
    source: Iterable[Finding],
    project: Project,
    files: Mapping[str, str],
    ran: Lines,
) -> Report:
    """The report with the count. `files` are those of the run: as they are shown, and where."""
    modules = {shown: project.module(path) for path, shown in files.items()}
    seen = _Seen(report, ran, [module for module in modules.values() if module is not None])
    counts: Counter[str] = Counter()
    for finding in source:
        place = finding.location
        module = modules.get(place.path) if place is not None else None
        if place is None or module is None or finding.severity is not Severity.ERROR:
            continue
        if finding.framework not in report.frameworks or _settled(finding, report):
            continue
        function = _function(module, place)
        if function is not None and not seen.has(module, function):
            counts[place.path] += 1
    if not counts:
        return report
    unseen = tuple(Unseen(path, errors) for path, errors in sorted(counts.items()))
    return replace(report, unseen=unseen, notices=(*report.notices, _told(unseen)))


def _settled(finding: Finding, report: Report) -> bool:
    """Whether the run has found the same, or that it is otherwise."""
    if any(same(told, finding) for told in report.findings) or told_of_all(finding, report):
        return True
    return contradicted(finding, report) or _told_elsewhere(finding, report)


def _told_elsewhere(finding: Finding, report: Report) -> bool:
    """Whether findings of the run are about all of its variables: in code that cannot be observed
    (a scripted function), the run tells the same at the line that calls it.
    """
    told = {
        part
        for other in report.findings
        if other.severity is not Severity.NOTE
        for name in other.variables
        for part in name.split(".")
    }
    names = [name.removeprefix("self.").partition(".")[0] for name in finding.variables]
    return bool(names) and told.issuperset(names)


def _told(unseen: Sequence[Unseen]) -> str:
    count = sum(one.errors for one in unseen)
    errors = "1 more error" if count == 1 else f"{count} more errors"
    paths = " ".join(one.path for one in unseen[:_MOST_FILES])
    if len(unseen) > _MOST_FILES:
        errors = f"more errors ({count} in {len(unseen)} files)"
    return (
        f"not seen here: `whygrad check {paths}` tells of {errors}, in functions of which this run"
        " saw nothing"
    )


def _function(module: SourceModule, place: SourceLocation) -> Scope | None:
    """The function that a place is in; None at module level, which always runs."""
    scope = module.enclosing_function(place.line, place.column)
    while scope is not None and isinstance(scope.node, ast.Lambda):
        scope = scope.parent
    while scope is not None and not scope.is_function:
        scope = scope.parent
    return scope


class _Seen:
    """Of which functions a run saw something."""

    def __init__(self, report: Report, ran: Lines, modules: Sequence[SourceModule]) -> None:
        self._lines = {path: set(lines) for path, lines in ran.items()}
        for place in _places(report):
            self._lines.setdefault(place.path, set()).add(place.line)
        self._classes = _with_bases(
            {row.class_name for row in report.models} | {row.class_name for row in report.modules},
            modules,
        )

    def has(self, module: SourceModule, function: Scope) -> bool:
        owner = function.parent
        if owner is not None and isinstance(owner.node, ast.ClassDef):
            name = getattr(function.node, "name", "")
            if name in _BUILT and owner.node.name in self._classes:
                return True
        first, last = module.start(function.node)[0], module.end(function.node)[0]
        return any(first <= line <= last for line in self._lines.get(module.path, ()))


def _places(report: Report) -> Iterator[SourceLocation]:
    places = [row.location for row in report.models]
    places += [row.location for row in report.variables]
    for finding in report.findings:
        places += [finding.location, *(step.location for step in finding.path)]
    if report.exception is not None:
        places.append(report.exception.location)
    return (place for place in places if place is not None and place.function)


def _with_bases(names: set[str], modules: Sequence[SourceModule]) -> set[str]:
    """The classes, and those of the same files that they inherit from, by their last names."""
    bases: dict[str, set[str]] = {}
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                found = (ast.unparse(base).rpartition(".")[2] for base in node.bases)
                bases.setdefault(node.name, set()).update(found)
    known: set[str] = set()
    todo = [name.rpartition(".")[2] for name in names]
    while todo:
        name = todo.pop()
        if name not in known:
            known.add(name)
            todo += bases.get(name, ())
    return known
