"""`whygrad run [options] script.py [args]`, or `-m module`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from whygrad.cli.output import (
    add_output_options,
    check_output,
    error_stream,
    write_file,
    write_report,
)
from whygrad.model.errors import InputError
from whygrad.model.report import Report


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "run",
        help="run a training script and say which variables do not train, and why",
        description="Run a script unmodified, watch its first training steps, and report.",
        usage="whygrad run [options] (script.py | -m module) [args of the script]",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--steps", type=positive, default=3, metavar="N", help="steps to observe (3)"
    )
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="let the script train on, unobserved, instead of ending it after those steps",
    )
    add_output_options(parser)
    # For `whygrad fix`: there it is written which of the person's files took part.
    parser.add_argument("--own-files", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("-m", dest="module", action="store_true", help="run a module")
    parser.add_argument("script", help="a file, or with -m the dotted name of a module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(command=_run)


def _run(arguments: argparse.Namespace) -> int:
    from whygrad import api

    check_output(arguments)
    before, folder = sys.stderr, Path.cwd()
    outcome = api.run(
        arguments.script,
        arguments.arguments,
        module=arguments.module,
        steps=arguments.steps,
        keep_going=arguments.keep_going,
        # This process is the script's until its last exit handler.
        restore=False,
    )
    if outcome.in_child:
        return outcome.status
    # Deleted or closed streams are the script's own affair.
    for name in ("stdout", "stderr"):
        with contextlib.suppress(Exception):
            getattr(sys, name).flush()
    with _back_in(folder):
        if arguments.own_files is not None:
            write_file(Path(arguments.own_files), json.dumps(outcome.files()))
        return _written(outcome.report, arguments, error_stream(before)) or outcome.status


@contextlib.contextmanager
def _back_in(folder: Path) -> Iterator[None]:
    """Where the run began: paths in the report and `--output` are relative to it."""
    try:
        now = Path.cwd()
        os.chdir(folder)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.chdir(now)


def _written(report: Report, arguments: argparse.Namespace, stream: TextIO | None) -> int:
    """0, or 2 where the report could not be given; then it at least tries standard error."""
    try:
        write_report(report, arguments, stream)
        return 0
    except InputError as error:
        if stream is not None:
            print(f"whygrad: {error}", file=stream)
        arguments.output = None
        write_report(report, arguments, stream)
        return error.exit_code
    except OSError:
        return 2
    except Exception as error:
        from whygrad.runtime.tracebacks import fault_line

        if stream is not None:
            print(f"whygrad: {fault_line(error)}", file=stream)
        return 0


def positive(text: str) -> int:
    """The type of an option that counts something."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"a whole number of at least 1, not `{text}`")
    return number
