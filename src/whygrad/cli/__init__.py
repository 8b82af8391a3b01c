"""The command line: a file a command, none of which decides anything that the API could."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from whygrad.model.errors import WhygradError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.command(arguments)
    except WhygradError as error:
        print(f"whygrad: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    from whygrad import __version__
    from whygrad.cli import causes, check, explain, fix, render, run

    parser = argparse.ArgumentParser(
        prog="whygrad",
        description="Why does this variable of my model get no gradient, and what makes it train?",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"whygrad {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (run, check, fix, explain, causes, render):
        command.add_to(commands)
    return parser
