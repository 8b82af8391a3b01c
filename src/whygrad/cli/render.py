"""`whygrad render report.json`: a saved report in another form."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from whygrad.cli.output import add_output_options, check_output, write_report


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "render",
        help="show a saved report in another form",
        description="Read a report that was saved with `--format json` and write it in a form.",
        allow_abbrev=False,
    )
    parser.add_argument("report", metavar="REPORT.json")
    add_output_options(parser)
    parser.set_defaults(command=_render)


def _render(arguments: argparse.Namespace) -> int:
    from whygrad.model.codec import load

    check_output(arguments)
    write_report(load(Path(arguments.report)), arguments, sys.stdout)
    return 0
