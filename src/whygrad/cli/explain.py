"""`whygrad explain CAUSE`: the catalogue's page for a cause."""

from __future__ import annotations

import argparse
import difflib
import sys
from typing import Any

from whygrad.cli.output import wants_color, write_text
from whygrad.model.errors import InputError


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "explain",
        help="the page of one cause",
        description="Show what a cause is, why it stops training, and how to mend it.",
        allow_abbrev=False,
    )
    parser.add_argument("cause", metavar="CAUSE", help="as a report names it, e.g. `detached`")
    parser.set_defaults(command=_explain)


def _explain(arguments: argparse.Namespace) -> int:
    from whygrad.causes.catalogue import cause
    from whygrad.causes.order import IDS

    name = arguments.cause.strip().strip("`").lower()
    if name not in IDS:
        near = difflib.get_close_matches(name, IDS, n=3, cutoff=0.5)
        near += [known for known in IDS if len(name) > 2 and name in known and known not in near]
        hint = f"; near it: {', '.join(near[:4])}" if near else "; `whygrad causes` lists them"
        raise InputError(f"no cause is named `{arguments.cause}`{hint}")
    page = cause(name)
    head = f"# {page.title}\n\n`{page.id}`, {page.family.value}\n\n> {page.advice}"
    _print_page(f"{head}\n\n{page.explanation.strip()}\n")
    return 0


def _print_page(text: str) -> None:
    """Markdown as it is reads well; on a terminal it may have its colours too."""
    if not wants_color(sys.stdout):
        write_text(sys.stdout, text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text, hyperlinks=False))
