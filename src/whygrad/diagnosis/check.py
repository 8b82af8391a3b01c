"""The report on a project's source: what is found, less what a person said is meant so."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import whygrad
from whygrad.diagnosis.followed import not_followed, told_of
from whygrad.diagnosis.in_source import findings_in
from whygrad.model.finding import Finding, PathStep
from whygrad.model.report import Report
from whygrad.model.source import Edit, Fix, SourceLocation
from whygrad.source.ignore import Ignore, ignores_in
from whygrad.source.project.cells import cell_path
from whygrad.source.project.notebook import Notebook
from whygrad.source.project.project import Project


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which causes are asked for. Empty `select` is all of them."""

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()

    def has(self, cause: str) -> bool:
        """Whether findings of a cause are wanted."""
        return cause not in self.ignore and (not self.select or cause in self.select)


def check(project: Project, wanted: Wanted | None = None) -> Report:
    """Everything that the source alone shows, as a report of kind `check`."""
    began = time.perf_counter()
    wanted = wanted if wanted is not None else Wanted()
    meant = _Meant(project)
    failed: dict[str, Exception] = {}
    found = findings_in(project, wanted.has, failed)
    told = [_placed(f, project) for f in found if not meant.covers(f)]
    left, asked = not_followed(project)
    return Report(
        whygrad=whygrad.__version__,
        kind="check",
        elapsed_s=time.perf_counter() - began,
        findings=tuple(told),
        notices=(
            *_unreadable(project),
            *meant.unused(wanted),
            *_failed(failed),
            *told_of(left, asked),
        ),
        not_followed=left,
    )


class _Meant:
    """The `# whygrad: ignore` comments of the files that can have findings."""

    def __init__(self, project: Project) -> None:
        self._ignores: dict[str, tuple[Ignore, ...]] = {}
        self._used: set[Ignore] = set()
        for path in project.ignoring():
            module = project.module(path)
            if module is not None:
                self._ignores[module.path] = ignores_in(module)

    def covers(self, finding: Finding) -> bool:
        place = finding.location
        if place is None:
            return False
        covering = [
            ignore
            for ignore in self._ignores.get(place.path, ())
            if ignore.silences(finding.cause, place.line)
        ]
        self._used.update(covering)
        return bool(covering)

    def unused(self, wanted: Wanted) -> Iterator[str]:
        """Only of causes that source shows: the others silence what a run would find."""
        if not self._ignores:
            return
        from whygrad.causes.catalogue import rules

        seen = {rule.id for rule in rules() if rule.in_source is not None and wanted.has(rule.id)}
        for ignores in self._ignores.values():
            for ignore in ignores:
                if ignore not in self._used and ignore.causes and ignore.causes <= seen:
                    place, text = ignore.location, ignore.location.source
                    yield f"{place}: `{text}` silences nothing; take it out"


def _unreadable(project: Project) -> Iterator[str]:
    return (f"{path}: {why}" for path, why in project.unreadable())


def _failed(failed: Mapping[str, Exception]) -> Iterator[str]:
    """A fault of ours is told, and costs the person no more than that one cause."""
    for cause, error in failed.items():
        said = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        yield f"`{cause}` was not looked for in source: whygrad failed there ({said})"


def _placed(finding: Finding, project: Project) -> Finding:
    """Places in a notebook are told by cell, as its reader counts."""
    place = finding.location
    notebook = project.notebook(place.path) if place is not None else None
    if place is None or notebook is None:
        return finding
    return replace(
        finding,
        location=_in_cell(place, notebook),
        path=tuple(_step_in_cell(step, notebook) for step in finding.path),
        fix=replace(finding.fix, edits=_in_cells(finding.fix, notebook)) if finding.fix else None,
    )


def _in_cells(fix: Fix, notebook: Notebook) -> tuple[Edit, ...]:
    """Edits of single cells; none at all where one of them is of several, or of another file."""
    edits = []
    for edit in fix.edits:
        if not edit.path.endswith(".ipynb"):
            return ()
        number, line = notebook.place(edit.start[0])
        last, _ = notebook.place(edit.end[0])
        if last != number and edit.end[1] != 1:
            return ()
        end = line + edit.end[0] - edit.start[0]
        path = cell_path(edit.path, number)
        edits.append(Edit(path, (line, edit.start[1]), (end, edit.end[1]), edit.text))
    return tuple(edits)


def _step_in_cell(step: PathStep, notebook: Notebook) -> PathStep:
    return replace(step, location=_in_cell(step.location, notebook) if step.location else None)


def _in_cell(place: SourceLocation, notebook: Notebook) -> SourceLocation:
    cell, line = notebook.place(place.line)
    last = place.end_line + line - place.line if place.end_line is not None else None
    return replace(place, path=cell_path(place.path, cell), line=line, end_line=last)


def fixable(findings: Sequence[Finding], *, unsafe: bool = False) -> list[Fix]:
    """The fixes that can be applied, in the order of the findings."""
    fixes = [finding.fix for finding in findings if finding.fix is not None]
    return [fix for fix in fixes if fix.edits and (fix.safe or unsafe)]
