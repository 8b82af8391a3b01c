"""The report on a project's source: what is found, less what a person said is meant so."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import whygrad
from whygrad.causes.order import IDS
from whygrad.diagnosis.followed import not_followed, told_of
from whygrad.diagnosis.in_cells import in_cell, in_cells
from whygrad.diagnosis.in_source import findings_in
from whygrad.diagnosis.named import beside, is_named, within
from whygrad.model.finding import Finding
from whygrad.model.report import Report
from whygrad.model.source import Fix
from whygrad.source.ignore import Ignore, ignores_in
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
    named = [within(f, project) for f in found if is_named(f, project)]
    told = [in_cells(f, project) for f in named if not meant.covers(f)]
    left, asked = not_followed(project)
    return Report(
        whygrad=whygrad.__version__,
        kind="check",
        elapsed_s=time.perf_counter() - began,
        findings=tuple(told),
        notices=(
            *_unreadable(project),
            *beside((f for f in found if not meant.covers(f)), project),
            *meant.unused(wanted),
            *_failed(failed),
            *told_of(left, asked),
        ),
        not_followed=left,
    )


class _Meant:
    """The `# whygrad: ignore` comments of the files that can have findings."""

    def __init__(self, project: Project) -> None:
        self._project = project
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

        shown = {rule.id for rule in rules() if rule.in_source is not None}
        seen = {cause for cause in shown if wanted.has(cause)}
        for path, ignores in self._ignores.items():
            for ignore in ignores if self._project.is_named(path) else ():
                place, text = in_cell(ignore.location, self._project), ignore.location.source
                fault = ignore.fault(IDS)
                if fault is not None:
                    yield f"{place}: {fault}"
                elif ignore in self._used:
                    continue
                elif ignore.every and seen == shown:
                    yield (
                        f"{place}: `{text}` silences nothing that source shows; take it out,"
                        " unless it is for a run"
                    )
                elif not ignore.every and ignore.causes <= seen:
                    yield f"{place}: `{text}` silences nothing; take it out"


def _unreadable(project: Project) -> Iterator[str]:
    return (f"{path}: {why}" for path, why in project.unreadable())


def _failed(failed: Mapping[str, Exception]) -> Iterator[str]:
    """A fault of ours is told, and costs the person no more than that one cause."""
    for cause, error in failed.items():
        said = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        yield f"`{cause}` was not looked for in source: whygrad failed there ({said})"


def fixable(findings: Sequence[Finding], *, unsafe: bool = False) -> list[Fix]:
    """The fixes that can be applied, in the order of the findings."""
    fixes = [finding.fix for finding in findings if finding.fix is not None]
    return [fix for fix in fixes if fix.edits and (fix.safe or unsafe)]
