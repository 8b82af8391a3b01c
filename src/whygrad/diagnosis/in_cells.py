"""What is told of a notebook is told by cell: its places, and those that words speak of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from whygrad.model.finding import Finding, PathStep
from whygrad.model.source import Edit, Fix, SourceLocation
from whygrad.source.project.cells import cell_path
from whygrad.source.project.notebook import Notebook
from whygrad.source.project.project import Project


def in_cells(finding: Finding, project: Project) -> Finding:
    """Places in a notebook are told by cell, as its reader counts."""
    place = finding.location
    notebook = project.notebook(place.path) if place is not None else None
    if place is None or notebook is None:
        return finding

    def said(words: str) -> str:
        return _said(words, place.path, notebook)

    return replace(
        finding,
        message=said(finding.message),
        evidence=tuple(map(said, finding.evidence)),
        location=_in_cell(place, notebook),
        path=tuple(_step_in_cell(step, place.path, notebook) for step in finding.path),
        fix=_fix(finding.fix, notebook, said) if finding.fix is not None else None,
    )


def in_cell(place: SourceLocation, project: Project) -> SourceLocation:
    """A place in a notebook by cell; any other as it is."""
    notebook = project.notebook(place.path)
    return place if notebook is None else _in_cell(place, notebook)


def _said(words: str, path: str, notebook: Notebook) -> str:
    """Words with the places in a notebook as its reader counts them."""

    def place(match: re.Match[str]) -> str:
        cell, line = notebook.place(int(match[1]))
        return f"{cell_path(path, cell)}:{line}"

    return re.sub(rf"(?<![^\s`(]){re.escape(path)}:(\d+)", place, words)


def _fix(fix: Fix, notebook: Notebook, said: Callable[[str], str]) -> Fix:
    return replace(fix, message=said(fix.message), edits=_in_cells(fix, notebook))


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


def _step_in_cell(step: PathStep, path: str, notebook: Notebook) -> PathStep:
    if step.location is None or step.location.path != path:
        return step
    return replace(step, location=_in_cell(step.location, notebook))


def _in_cell(place: SourceLocation, notebook: Notebook) -> SourceLocation:
    cell, line = notebook.place(place.line)
    last = place.end_line + line - place.line if place.end_line is not None else None
    return replace(place, path=cell_path(place.path, cell), line=line, end_line=last)
