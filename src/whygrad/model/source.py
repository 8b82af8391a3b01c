"""Places in people's code, and edits to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """A span in a file. Lines and columns count from 1; ends are exclusive."""

    path: str
    line: int
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    function: str | None = None
    source: str | None = None
    """The exact text of the span, as written."""
    library: SourceLocation | None = None
    """The innermost frame inside an installed package, where the op really ran."""

    def __str__(self) -> str:
        column = f":{self.column}" if self.column else ""
        return f"{self.path}:{self.line}{column}"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `start` to `end` (line, column; from 1, end exclusive) of `path` by `text`."""

    path: str
    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What to change, in words, and as edits where the change is certain."""

    message: str
    edits: tuple[Edit, ...] = ()
    safe: bool = True
    """False where the edit changes what is computed, not only what is trained."""
