"""`whygrad check [paths]`: what the source alone shows, and `--fix`."""

from __future__ import annotations

import argparse
import gc
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
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
    from whygrad.source.project.gitignore import Patterns

_COLLECTED = (200_000, 50, 100)
_MANY = 300
"""Files that are read in a moment."""
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
    parser.add_argument("--select", metavar="CAUSES", help="look for these alone (a,b)")
    parser.add_argument("--ignore", metavar="CAUSES", help="leave these out (a,b)")
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
    # Trees and facts live to the end: looking through them for cycles takes a third of the time.
    gc.set_threshold(*_COLLECTED)
    config = _config(arguments)
    wanted = _wanted(arguments, config)
    report, mended = _mended(arguments, config, wanted)
    if arguments.write_baseline:
        from whygrad.diagnosis import baseline

        write_file(Path(arguments.write_baseline), baseline.dumps(report.findings))
        return 0
    report = _without_known(report, arguments, config)
    if arguments.statistics:
        _tell_statistics(report)
    elif not (arguments.diff or (arguments.stdin_filename and arguments.fix)):
        write_report(_with_mended(report, mended), arguments, sys.stdout)
    return int(bool(report.errors))


def _config(arguments: argparse.Namespace) -> Config:
    from whygrad.causes.order import IDS
    from whygrad.config import read_config

    given = arguments.stdin_filename or next(iter(arguments.paths), ".")
    start = Path(given).absolute()
    return read_config(start if start.is_dir() else start.parent, tuple(IDS))


def _wanted(arguments: argparse.Namespace, config: Config) -> Wanted:
    from whygrad.causes.order import IDS
    from whygrad.config import check_causes
    from whygrad.diagnosis.check import Wanted

    chosen = {}
    for name in ("select", "ignore"):
        text: str | None = getattr(arguments, name)
        causes = tuple(c.strip() for c in text.split(",") if c.strip()) if text else ()
        check_causes(causes, tuple(IDS), f"--{name}")
        chosen[name] = frozenset(causes or getattr(config, name))
    return Wanted(**chosen)


def _mended(
    arguments: argparse.Namespace, config: Config, wanted: Wanted
) -> tuple[Report, int | None]:
    """The report on what is left, and how many findings the fixes took away (None: no fixing)."""
    from whygrad.diagnosis.check import fixable
    from whygrad.source.mending import mended

    text = _standard_input() if arguments.stdin_filename else None
    report = _checked(arguments, config, wanted, text)
    if not (arguments.fix or arguments.diff):
        return report, None
    before = len(report.findings)
    for _ in range(_ROUNDS):
        texts = {arguments.stdin_filename: text} if text is not None else {}
        fixes = fixable(report.findings, unsafe=arguments.unsafe_fixes)
        mending = mended(fixes, texts)
        if arguments.diff:
            write_text(sys.stdout, mending.diff())
            return report, None
        if not mending.after:
            break
        if text is not None:
            text = mending.after[arguments.stdin_filename]
        else:
            _write(mending)
        report = _checked(arguments, config, wanted, text)
    if text is not None:
        write_text(sys.stdout, text)
    return report, before - len(report.findings)


def _write(mending: Any) -> None:
    try:
        mending.write()
    except (OSError, UnicodeEncodeError) as error:
        raise InputError(f"cannot write the fixes: {error}") from None


def _checked(
    arguments: argparse.Namespace, config: Config, wanted: Wanted, text: str | None
) -> Report:
    """The report on the files as they are now, or on `text` in place of a file."""
    import whygrad
    from whygrad.diagnosis import kept
    from whygrad.diagnosis.check import check
    from whygrad.source.project.cache import default_path
    from whygrad.source.project.project import files_below, project_around, read_project

    if text is not None:
        return check(project_around(arguments.stdin_filename, text), wanted)
    paths = arguments.paths or ["."]
    for path in paths:
        if not Path(path).exists():
            raise InputError(f"there is no file or folder `{path}`")
    files = files_below(paths, _exclude(config))
    if arguments.no_cache:
        with _progress(len(files)):
            return check(read_project(paths, files=files), wanted)
    facts = default_path(str(config.root or Path.cwd()))
    whole = facts.with_suffix(".report")
    key = kept.key_of(files, wanted)
    report = kept.get(whole, key) if key is not None else None
    if report is None:
        with _progress(len(files)):
            project = read_project(paths, cache=facts, version=whygrad.__version__, files=files)
            report = check(project, wanted)
        if key is not None and files:
            kept.put(whole, key, report, project)
    return report


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


def _standard_input() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise InputError(f"standard input is not text: {error}") from None


def _without_known(report: Report, arguments: argparse.Namespace, config: Config) -> Report:
    from whygrad.diagnosis import baseline

    given = arguments.baseline
    path = Path(given) if given else None
    if path is None and config.baseline is not None and config.root is not None:
        path = config.root / config.baseline
    if path is None:
        return report
    return replace(report, findings=tuple(baseline.fresh(report.findings, baseline.load(path))))


def _with_mended(report: Report, mended: int | None) -> Report:
    if not mended:
        return report
    many = "finding is" if mended == 1 else "findings are"
    return replace(report, notices=(*report.notices, f"fixed: {mended} {many} no longer there"))


def _tell_statistics(report: Report) -> None:
    counts: Counter[tuple[str, str]] = Counter((f.cause, f.severity.value) for f in report.findings)
    rows: Sequence[tuple[tuple[str, str], int]] = counts.most_common()
    width = len(str(max(counts.values(), default=0)))
    lines = [f"{n:>{width}}  {cause} ({severity})" for (cause, severity), n in rows]
    lines.append(f"{sum(counts.values())} in all")
    if report.not_followed:
        lines.append("gradients were not followed to the end in:")
    for one in report.not_followed:
        lines.append(f"  {one.path}{' (partly)' if one.partly else ''}: {one.reason}")
    write_text(sys.stdout, "\n".join(lines) + "\n")
