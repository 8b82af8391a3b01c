"""`whygrad check [paths]`: what the source alone shows, and `--fix`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whygrad.cli.output import (
    add_output_options,
    check_output,
    write_file,
    write_report,
    write_text,
)
from whygrad.model.errors import InputError
from whygrad.model.report import Report

if TYPE_CHECKING:
    from whygrad.config import Config
    from whygrad.diagnosis.check import Wanted
    from whygrad.model.source import Fix

_COLLECTED = (200_000, 50, 100)
_NOT_READ = 2
_ROUNDS = 10
"""Fixes that overlap go in one after the other; so many times is more than code ever needs."""


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "check",
        help="find what source code shows without running it",
        description="Read Python files and notebooks, without importing or running any of them.",
        allow_abbrev=False,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (here)")
    parser.add_argument("--fix", action="store_true", help="apply the edits that are safe")
    parser.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with --fix or --diff: also edits that change what is computed",
    )
    parser.add_argument("--diff", action="store_true", help="show the edits and write nothing")
    for name, told in (("select", "look for these alone"), ("ignore", "leave these out")):
        # Given twice, both count: with the last alone, `nothing found` could be untrue.
        parser.add_argument(f"--{name}", action="append", metavar="CAUSES", help=f"{told} (a,b)")
    parser.add_argument("--baseline", metavar="FILE", help="do not tell the findings of FILE")
    parser.add_argument(
        "--write-baseline", metavar="FILE", help="write what is found now as the baseline"
    )
    parser.add_argument("--statistics", action="store_true", help="count findings by cause")
    parser.add_argument(
        "--stdin-filename", metavar="FILE", help="read standard input as if it were FILE"
    )
    parser.add_argument("--no-cache", action="store_true", help="keep nothing between runs")
    add_output_options(parser)
    parser.set_defaults(command=_check)


def _check(arguments: argparse.Namespace) -> int:
    check_output(arguments)
    _check_together(arguments)
    # Trees and facts live to the end: looking through them for cycles takes a third of the time.
    gc.set_threshold(*_COLLECTED)
    config = _config(arguments)
    wanted = _wanted(arguments, config)
    files = _Files(arguments, config, wanted)
    report, mended = _mended(arguments, files)
    if arguments.write_baseline:
        from whygrad.diagnosis import baseline

        known = Path(arguments.write_baseline)
        write_file(known, baseline.dumps(report.findings, known.parent))
        return 0
    report = _without_known(report, arguments, files)
    if arguments.statistics:
        _tell_statistics(report, arguments)
    elif not (arguments.diff or (arguments.stdin_filename and arguments.fix)):
        write_report(_with_mended(report, mended), arguments, sys.stdout)
    return _NOT_READ if files.unread else int(bool(report.errors))


def _check_together(arguments: argparse.Namespace) -> None:
    if arguments.format == "terminal":
        return
    for option in ("statistics", "diff"):
        if getattr(arguments, option):
            raise InputError(
                f"`--{option}` and `--format {arguments.format}` do not go together: what"
                f" `--{option}` gives is plain text"
            )


def _config(arguments: argparse.Namespace) -> Config:
    from whygrad.causes.order import IDS
    from whygrad.config import read_config

    given = arguments.stdin_filename or next(iter(arguments.paths), ".")
    start = Path(given).absolute()
    is_folder = os.path.isdir(start)  # noqa: PTH112 - one that cannot be entered is told later
    return read_config(start if is_folder else start.parent, tuple(IDS))


def _wanted(arguments: argparse.Namespace, config: Config) -> Wanted:
    from whygrad.causes.order import IDS
    from whygrad.config import check_causes
    from whygrad.diagnosis.check import Wanted

    chosen = {}
    for name in ("select", "ignore"):
        texts: list[str] = getattr(arguments, name) or []
        causes = tuple(c.strip() for text in texts for c in text.split(",") if c.strip())
        check_causes(causes, tuple(IDS), f"--{name}")
        chosen[name] = frozenset(causes or getattr(config, name))
    return Wanted(**chosen)


@dataclass(slots=True)
class _Files:
    """What is looked at: the files as they are now, or one text in place of a file."""

    arguments: argparse.Namespace
    config: Config
    wanted: Wanted
    text: str | None = None
    paths: tuple[str, ...] = ()
    """The files of the last look."""
    unread: bool = False
    """Whether one that was named could not be read then, or is not Python."""
    refused: dict[str, str] = field(default_factory=dict)
    """The files that could not be edited, and why."""

    def report(self) -> Report:
        """Look at them."""
        from whygrad.cli.check_files import Look
        from whygrad.source.files import encoded

        look = Look(self.config, self.wanted, keeps=not self.arguments.no_cache)
        if self.text is not None:
            looked = look.at_text(self.arguments.stdin_filename, encoded(self.text))
        else:
            looked = look.at_files(self.arguments.paths or ["."])
        self.paths, self.unread = looked.paths, looked.unread
        return looked.report

    def texts(self) -> dict[str, str]:
        """What stands in place of a file, by path; of a notebook, that of every cell."""
        from whygrad.source.project.cells import cells_in

        path = self.arguments.stdin_filename
        if self.text is None:
            return {}
        return cells_in(self.text, path) if path.endswith(".ipynb") else {path: self.text}

    def with_texts(self, after: Mapping[str, str]) -> str:
        """The text with what was changed in it."""
        from whygrad.source.project.cells import cell_at, with_cells_in

        path = self.arguments.stdin_filename
        if path in after or self.text is None:
            return after[path]
        cells = ((cell_at(name), text) for name, text in after.items())
        return with_cells_in(self.text, {cell[1]: text for cell, text in cells if cell is not None})

    def fixes(self, report: Report) -> list[Fix]:
        """The fixes that can be made: all of their files can be written."""
        from whygrad.diagnosis.check import fixable
        from whygrad.source.mending import not_writable

        found = []
        for fix in fixable(report.findings, unsafe=self.arguments.unsafe_fixes):
            paths = {edit.path for edit in fix.edits}
            if self.text is None and not self.arguments.diff:
                for path in paths - self.refused.keys():
                    why = not_writable(path)
                    if why is not None:
                        self.refused[path] = why
            if not paths & self.refused.keys():
                found.append(fix)
        return found


def _mended(arguments: argparse.Namespace, files: _Files) -> tuple[Report, int | None]:
    """The report on what is left, and how many findings the fixes took away (None: no fixing)."""
    encoding = ""
    if arguments.stdin_filename:
        files.text, encoding = _standard_input(arguments.stdin_filename)
    report = files.report()
    if not (arguments.fix or arguments.diff):
        return report, None
    from whygrad.source.mending import mended
    from whygrad.source.project.cells import file_of

    before = len(report.findings)
    for _ in range(_ROUNDS):
        mending = mended(files.fixes(report), files.texts())
        if arguments.diff:
            _give(mending.diff(), arguments)
            return report, None
        if not mending.after:
            break
        if files.text is not None:
            files.text = files.with_texts(mending.after)
        else:
            files.refused.update(mending.write())
        report = files.report()
    if files.text is not None:
        _write_back(files.text, encoding)
    notes = (f"{file_of(path)}: not fixed: {why}" for path, why in files.refused.items())
    report = replace(report, notices=(*report.notices, *dict.fromkeys(notes)))
    return report, before - len(report.findings)


def _standard_input(path: str) -> tuple[str, str]:
    """The text, and the encoding to write it back in: empty where it was a text already."""
    from whygrad.source.files import decode

    try:
        if not hasattr(sys.stdin, "buffer"):
            return sys.stdin.read(), ""
        data = sys.stdin.buffer.read()
        return (data.decode(), "utf-8") if path.endswith(".ipynb") else decode(data)
    except (SyntaxError, ValueError, LookupError) as error:
        raise InputError(f"standard input is not text: {error}") from None


def _write_back(text: str, encoding: str) -> None:
    if encoding and hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(encoding))
        sys.stdout.buffer.flush()
    else:
        write_text(sys.stdout, text)


def _without_known(report: Report, arguments: argparse.Namespace, files: _Files) -> Report:
    given, config = arguments.baseline, files.config
    path = Path(given) if given else None
    if path is None and config.baseline is not None and config.root is not None:
        path = config.root / config.baseline
    if path is None:
        return report
    from whygrad.diagnosis import baseline

    known, folder = baseline.load(path, config.root), path.parent
    found = baseline.fresh(report.findings, known, folder)
    gone = baseline.stale(report.findings, known, folder, files.paths, files.wanted.has)
    notices = report.notices
    if gone:
        what = "1 entry of `{}` is" if gone == 1 else f"{gone} entries of `{{}}` are"
        again = "no longer found; write it anew with `--write-baseline`"
        notices = (*notices, f"{what.format(given or config.baseline)} {again}")
    return replace(report, findings=tuple(found), notices=notices)


def _with_mended(report: Report, mended: int | None) -> Report:
    if not mended:
        return report
    many = "finding is" if mended == 1 else "findings are"
    return replace(report, notices=(*report.notices, f"fixed: {mended} {many} no longer there"))


def _tell_statistics(report: Report, arguments: argparse.Namespace) -> None:
    counts: Counter[tuple[str, str]] = Counter((f.cause, f.severity.value) for f in report.findings)
    rows: Sequence[tuple[tuple[str, str], int]] = counts.most_common()
    width = len(str(max(counts.values(), default=0)))
    lines = [f"{n:>{width}}  {cause} ({severity})" for (cause, severity), n in rows]
    lines.append(f"{sum(counts.values())} in all")
    if report.not_followed:
        lines.append("gradients were not followed to the end in:")
    for one in report.not_followed:
        lines.append(f"  {one.path}{' (partly)' if one.partly else ''}: {one.reason}")
    _give("\n".join(lines) + "\n", arguments)


def _give(text: str, arguments: argparse.Namespace) -> None:
    if arguments.output is not None:
        write_file(Path(arguments.output), text)
    else:
        write_text(sys.stdout, text)
