"""`whygrad causes`: the catalogue."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from whygrad.cli.output import write_text


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "causes",
        help="every cause, a line each",
        description="List the catalogue in the order in which causes are asked.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=_causes)


def _causes(arguments: argparse.Namespace) -> int:
    from whygrad.causes.catalogue import causes

    del arguments
    listed = causes()
    width = max((len(cause.id) for cause in listed), default=0)
    lines: list[str] = []
    family = None
    for cause in listed:
        if cause.family is not family:
            family = cause.family
            lines += ["", family.value] if lines else [family.value]
        lines.append(f"  {cause.id:<{width}}  {cause.title}")
    write_text(sys.stdout, "\n".join(lines) + "\n")
    return 0
