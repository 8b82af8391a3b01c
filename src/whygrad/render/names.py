"""Many names in a few words."""

from __future__ import annotations

from collections.abc import Sequence


def joined(names: Sequence[str]) -> str:
    """Give `a`, `a and b`, or `a and 3 more`."""
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]} and {len(names) - 1} more"


def counted(count: int, word: str) -> str:
    """Give `1 error`, `2 errors`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
