"""`whygrad explain CAUSE`: the catalogue's page for a cause."""

from __future__ import annotations

import argparse
import difflib
import sys
from typing import Any

from whygrad.cli.output import write_text
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
    from whygrad.causes.catalogue import causes

    pages = {cause.id: cause for cause in causes()}
    name = arguments.cause.strip().strip("`").lower()
    if name not in pages:
        near = difflib.get_close_matches(name, pages, n=3, cutoff=0.5)
        near += [known for known in pages if len(name) > 2 and name in known and known not in near]
        hint = f"; near it: {', '.join(near[:4])}" if near else "; `whygrad causes` lists them"
        raise InputError(f"no cause is named `{arguments.cause}`{hint}")
    cause = pages[name]
    head = f"{cause.id} ({cause.family.value})\n{cause.title}\n\n{cause.advice}"
    write_text(sys.stdout, f"{head}\n\n{cause.explanation.strip()}\n")
    return 0
