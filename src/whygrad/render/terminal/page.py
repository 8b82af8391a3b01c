"""Styled lines, wrapped to a width, and rich behind them."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from whygrad.render.escape import one_line

Part = tuple[str, str]
"""A piece of text and its style; an empty style is the terminal's own."""

_CODE = re.compile(r"`[^`]+`")
_WORD = re.compile(r"\S+\s*")


@dataclass(slots=True)
class Page:
    """Lines in the making. Decoration is ASCII: the terminal may know nothing else."""

    color: bool
    width: int
    lines: list[Text] = field(default_factory=list)

    def blank(self) -> None:
        """Add an empty line, unless there is one."""
        if self.lines and self.lines[-1].plain:
            self.lines.append(Text())

    def row(self, *parts: Part) -> None:
        """Add one line as it is, whatever its width. The caller has made it printable."""
        self.lines.append(Text.assemble(*parts))

    def prose(self, *parts: Part, hang: int = 2) -> None:
        """Add one paragraph, wrapped; every line but the first begins with `hang` spaces."""
        text = Text()
        for words, style in parts:
            edges = (words[: len(words) - len(words.lstrip(" "))], words[len(words.rstrip(" ")) :])
            text.append(edges[0] + one_line(words) + edges[1] if words.strip() else words, style)
        text.highlight_regex(_CODE, "bold")
        first, *others = text.divide(_breaks(text.plain, self.width, hang))
        self.lines.append(first)
        self.lines.extend(Text(" " * hang).append_text(line) for line in others)

    def text(self) -> str:
        """Give the page as text that ends with one line end."""
        file = io.StringIO()
        # Everything that rich would read from the environment is decided by the caller.
        console = Console(
            file=file,
            width=max(self.width, 1),
            force_terminal=self.color,
            color_system="standard" if self.color else None,
            no_color=not self.color,
            legacy_windows=False,
            highlight=False,
            _environ={},
        )
        for line in self.lines:
            line.rstrip()
            console.print(line, soft_wrap=True)
        return file.getvalue().rstrip("\n") + "\n"


def _breaks(text: str, width: int, hang: int) -> list[int]:
    """Offsets at which lines begin. A word that fits no line is left whole: it can be copied."""
    offsets: list[int] = []
    column = 0
    for word in _WORD.finditer(text):
        cells = cell_len(word.group().rstrip())
        if column > hang and column + cells > width:
            offsets.append(word.start())
            column = hang
        column += cell_len(word.group()) + (word.start() if column == 0 else 0)
    return offsets
