"""`whygrad fix script.py [args]`: edits the script and what it imports, and proves the edits."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from whygrad.cli.output import check_output, wants_color, write_file, write_text
from whygrad.cli.run import positive
from whygrad.cli.stopping import StoppedError, stopped_by_signals


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "fix",
        help="edit a script so that its variables train, and show that they do",
        description="Run a script, edit it and the files of yours that it imports, and run it"
        " again: every variable's gradient before and after. Edits that do not help are taken"
        " back. What the script prints is not shown.",
        usage="whygrad fix [options] (script.py | -m module) [args of the script]",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--unsafe-fixes", action="store_true", help="also edits that change what is computed"
    )
    parser.add_argument(
        "--diff", action="store_true", help="run it once, show the edits, and write nothing"
    )
    parser.add_argument(
        "--steps", type=positive, default=3, metavar="N", help="steps to observe in each run (3)"
    )
    parser.add_argument(
        "--format", choices=("json", "terminal"), default="terminal", help="form of the report"
    )
    parser.add_argument("--output", "-o", metavar="FILE", help="write the report to FILE")
    parser.add_argument("--all", action="store_true", help="show every variable of a large model")
    parser.add_argument("--no-color", action="store_true", help="no colours, as with NO_COLOR")
    parser.add_argument("-m", dest="module", action="store_true", help="run a module")
    parser.add_argument("script", help="a file, or with -m the dotted name of a module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(command=_fix)


def _fix(arguments: argparse.Namespace) -> int:
    from whygrad.diagnosis.mended_run import MendedRun
    from whygrad.runtime.child import observed

    check_output(arguments)
    run = MendedRun(
        lambda: observed(
            arguments.script, arguments.arguments, module=arguments.module, steps=arguments.steps
        ),
        _wanted(arguments),
        arguments.unsafe_fixes,
        lambda line: print(f"whygrad: {arguments.script}: {line} ...", file=sys.stderr),
    )
    found: list[Any] = []
    try:
        with stopped_by_signals():
            found.append(run.planned() if arguments.diff else run.tried())
    except StoppedError as stop:
        if not found:  # otherwise it came when all was done
            said = f"{stop}; all files are as they were"
            print(f"whygrad: {arguments.script}: {said}", file=sys.stderr)
            return 128 + stop.signal
    if arguments.diff:
        seen, mending = found[0]
        _write(arguments, mending.diff())
        return int(seen.failed or bool(seen.report.errors))
    comparison = found[0]
    _write(arguments, _rendered(comparison, arguments))
    return int(comparison.failed or bool(comparison.now.errors))


def _wanted(arguments: argparse.Namespace) -> Any:
    """The causes that the project's settings ask for."""
    from whygrad.causes.order import IDS
    from whygrad.config import read_config
    from whygrad.diagnosis.check import Wanted

    start = Path.cwd() if arguments.module else Path(arguments.script).absolute().parent
    config = read_config(start, tuple(IDS))
    return Wanted(frozenset(config.select), frozenset(config.ignore))


def _rendered(comparison: Any, arguments: argparse.Namespace) -> str:
    from whygrad.render import before_after

    if arguments.format == "json":
        return before_after.as_json(comparison)
    terminal = arguments.output is None and sys.stdout.isatty()
    return before_after.render(
        comparison,
        color=arguments.output is None and not arguments.no_color and wants_color(sys.stdout),
        width=shutil.get_terminal_size().columns if terminal else 80,
        full=arguments.all,
    )


def _write(arguments: argparse.Namespace, text: str) -> None:
    if arguments.output is not None:
        write_file(Path(arguments.output), text)
    else:
        write_text(sys.stdout, text)
