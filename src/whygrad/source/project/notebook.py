"""A notebook as one Python text, and which line of it stands in which cell."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple

from whygrad.source.files import is_python

_MAGIC: Final = re.compile(r"^\s*[%!?]|^[^#'\"\n]*[^=!<>]=\s*[!%]\s*\w|^\s*\w[\w.]*\?{1,2}\s*$")
"""`%matplotlib inline`, `!pip install`, `files = !ls`, `torch.nn?`: read by IPython, not Python."""
_PYTHON_CELLS: Final = ("%%time", "%%timeit", "%%capture", "%%prun", "%%python", "%%python3")


class Cell(NamedTuple):
    """A code cell: its number among all cells, from 1, and its first line in the whole text."""

    number: int
    line: int


class Notebook(NamedTuple):
    """The text of all code cells, one after the other."""

    text: str
    cells: tuple[Cell, ...]

    def place(self, line: int) -> tuple[int, int]:
        """The cell of a line of the text, and the line in that cell."""
        index = max(0, bisect_right([c.line for c in self.cells], line) - 1)
        if not self.cells:
            return 1, line
        return self.cells[index].number, line - self.cells[index].line + 1


class NotPythonError(ValueError):
    """A notebook of another language."""


def read_notebook(data: bytes) -> Notebook:
    """Raises ValueError where the bytes are no notebook, NotPythonError where of R."""
    content = json.loads(data.decode("utf-8-sig"))
    if not isinstance(content, dict):
        raise ValueError("not a notebook")
    if _language(content) not in ("python", "ipython"):
        raise NotPythonError("not a notebook of Python")
    found = list(_code(content))
    whole = _joined(found)
    if is_python(whole.text):
        return whole
    # A cell that is no Python never ran: the others are read without it.
    return _joined([(n, c if is_python("\n".join(c)) else [""] * len(c)) for n, c in found])


def _joined(found: list[tuple[int, list[str]]]) -> Notebook:
    lines: list[str] = []
    cells: list[Cell] = []
    for number, cell in found:
        cells.append(Cell(number, len(lines) + 1))
        lines += cell
    return Notebook("".join(f"{line}\n" for line in lines), tuple(cells))


def _code(content: dict[str, object]) -> Iterator[tuple[int, list[str]]]:
    for number, cell in enumerate(_cells(content), start=1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            text = "".join(str(s) for s in source) if isinstance(source, list) else str(source)
            yield number, python_of(text)


def _cells(content: dict[str, object]) -> Iterator[object]:
    """All cells: before format 4, those of its worksheets."""
    sheets = content.get("worksheets", [])
    for part in (content, *(sheets if isinstance(sheets, list) else ())):
        every = part.get("cells", []) if isinstance(part, dict) else []
        yield from every if isinstance(every, list) else ()


def _language(content: dict[str, object]) -> str:
    metadata = content.get("metadata")
    if isinstance(metadata, dict):
        for part, key in (("language_info", "name"), ("kernelspec", "language")):
            inner = metadata.get(part)
            if isinstance(inner, dict) and isinstance(inner.get(key), str):
                return str(inner[key]).lower()
    return "python"


def python_of(text: str) -> list[str]:
    """The lines of a cell, with what is no Python made blank, so that lines keep their numbers."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(_PYTHON_CELLS):
        return [""] * len(lines)
    cleaned, carried = [], False
    for line in lines:
        if carried:
            carried = line.endswith("\\")
            cleaned.append("")
            continue
        magic = _MAGIC.match(line) is not None
        carried = magic and line.endswith("\\")
        # A block must not lose its only line.
        indent = line[: len(line) - len(line.lstrip())]
        cleaned.append(f"{indent}pass" if magic and indent else "" if magic else line)
    return cleaned
