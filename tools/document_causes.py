"""Write docs/causes.md from the catalogue. `--check` fails where the file is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from whygrad.causes.catalogue import page
from whygrad.causes.order import ORDER

TARGET = Path(__file__).parents[1] / "docs" / "causes.md"

_HEAD = """# The catalogue of causes

Written by `tools/document_causes.py` from the pages beside the detectors; do not edit it here.
Causes are asked in this order, and the first that explains a variable leads. `whygrad explain
CAUSE` prints a page in the terminal.
"""


def text() -> str:
    """The whole index."""
    parts = [_HEAD]
    for family, ids in ORDER.items():
        rows = [f"| `{id}` | {page(id).title} | {page(id).advice} |" for id in ids]
        head = [f"## {family.value.capitalize()}", "", "| id | what happened | what to do |"]
        parts.append("\n".join([*head, "| --- | --- | --- |", *rows, ""]))
    return "\n".join(parts)


def main() -> int:
    """Write the file, or with `--check` compare it."""
    if "--check" not in sys.argv[1:]:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(text(), encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text():
        return 0
    print("docs/causes.md is stale: run tools/document_causes.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
