"""One look of `whygrad check` at what it is given: files and folders, or a text in place of one."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from whygrad.model.errors import InputError

if TYPE_CHECKING:
    from whygrad.config import Config
    from whygrad.diagnosis.check import Wanted
    from whygrad.model.report import Report
    from whygrad.source.project.around import Around
    from whygrad.source.project.gitignore import Patterns
    from whygrad.source.project.project import Project

_MANY = 300
"""Files that are read in a moment."""


class Looked(NamedTuple):
    """What is seen."""

    report: Report
    paths: tuple[str, ...]
    """The files that were looked at, as absolute paths."""
    unread: bool
    """Whether a file that was named could not be read, or is not Python."""


@dataclass(frozen=True, slots=True)
class Look:
    """How to look."""

    config: Config
    wanted: Wanted
    keeps: bool = True
    """Whether facts and reports are kept between runs."""

    def at_files(self, given: Sequence[str]) -> Looked:
        """The report on files, and on those below folders."""
        from whygrad.diagnosis import kept
        from whygrad.source.project.discover import left_out
        from whygrad.source.project.project import around_of, files_below

        for path in given:
            _must_be_there(path)
        exclude = _exclude(self.config)
        paths, out = left_out(given, exclude)
        files = files_below(paths, exclude)
        around = around_of(paths, exclude)
        facts = self._facts()
        whole = facts.with_suffix(".report") if facts is not None else None
        key = kept.key_of(files, self.wanted, self.config.exclude) if whole is not None else None
        report = kept.get(whole, key) if whole is not None and key is not None else None
        unread = False
        if report is None:
            report, project = self._report(paths, files, around)
            unread = any(shown in paths for shown, _ in project.unreadable())
            # What could not be read is told anew each time.
            if whole is not None and key is not None and files and not unread:
                kept.put(whole, key, report, project)
        return Looked(_told(report, out), tuple(files), unread)

    def at_text(self, path: str, data: bytes) -> Looked:
        """The report on a text that stands for a file."""
        from whygrad.diagnosis.check import check
        from whygrad.source.project.discover import left_out
        from whygrad.source.project.project import around_of, project_around, project_of

        exclude = _exclude(self.config)
        paths, out = left_out([path], exclude, data)
        if not paths:
            return Looked(_told(check(project_of({}), self.wanted), out), (path,), unread=False)
        around = around_of((), exclude)
        project = project_around(path, data, around, cache=self._facts(), version=_version())
        report = check(project, self.wanted)
        return Looked(report, (path,), unread=any(True for _ in project.unreadable()))

    def _report(
        self, paths: Sequence[str], files: dict[str, str], around: Around
    ) -> tuple[Report, Project]:
        from whygrad.diagnosis.check import check
        from whygrad.source.project.project import read_project

        with _progress(len(files)):
            project = read_project(
                paths, cache=self._facts(), version=_version(), files=files, around=around
            )
            return check(project, self.wanted), project

    def _facts(self) -> Path | None:
        from whygrad.source.project.cache import default_path

        return default_path(str(self.config.root or Path.cwd())) if self.keeps else None


def _version() -> str:
    from whygrad.source.project.cache import build

    return build()


def _must_be_there(path: str) -> None:
    try:
        os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # A link that leads nowhere is there, and is told with what cannot be read.
        if not os.path.islink(path):  # noqa: PTH114
            raise InputError(f"there is no file or folder `{path}`") from None
    except OSError:
        return  # It is told when it is read.


def _told(report: Report, out: Sequence[tuple[str, str]]) -> Report:
    """With what was named and left out, in one line for each reason."""
    reasons: dict[str, list[str]] = {}
    for path, why in out:
        reasons.setdefault(why, []).append(path)
    lines = []
    for why, paths in reasons.items():
        if len(paths) == 1:
            lines.append(f"{paths[0]} is left out: {why}")
        else:
            lines.append(f"{len(paths)} of the paths named are left out: {why} ({paths[0]}, ...)")
    return replace(report, notices=(*lines, *report.notices))


def _progress(files: int) -> AbstractContextManager[object]:
    """A sign of life where somebody looks on and it may take more than a moment."""
    if files < _MANY or not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status(f"reading {files:,} files")


def _exclude(config: Config) -> tuple[Patterns, ...]:
    from whygrad.source.project.gitignore import Patterns, parse_patterns

    if config.root is None or not config.exclude:
        return ()
    return (Patterns(config.root.resolve().as_posix(), parse_patterns("\n".join(config.exclude))),)
