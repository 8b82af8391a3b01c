"""Cells of notebooks as texts with paths of their own, `net.ipynb:cell 3`, and back again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any, Final

_PATH: Final = re.compile(r"(.+\.ipynb):cell (\d+)")
_INDENTS: Final = (1, 2, 4, None, "\t", 3, 0)
_SEPARATORS: Final = (None, (",", ": "), (",", ":"))


def cell_path(path: str, number: int) -> str:
    """How a cell is called, with its number among all cells."""
    return f"{path}:cell {number}"


def cell_at(path: str) -> tuple[Path, int] | None:
    """The notebook and the number of a cell's path; None for the path of a file."""
    match = _PATH.fullmatch(path)
    return (Path(match[1]), int(match[2])) if match is not None else None


def file_of(path: str) -> str:
    """The file that a path is of: of a cell its notebook."""
    match = _PATH.fullmatch(path)
    return match[1] if match is not None else path


def read_cell(file: Path, number: int) -> str:
    """The text of a cell. Raises OSError, or ValueError where there is no such cell, or the file
    could not be written again without a change to something else.
    """
    text = file.read_bytes().decode("utf-8")
    _dumped(text)
    source = _cell(json.loads(text), number)["source"]
    return "".join(source) if isinstance(source, list) else str(source)


def cell_text(file: Path, number: int) -> str:
    """The text of a cell, to be shown. Raises OSError or ValueError where there is none."""
    source = _cell(json.loads(file.read_bytes().decode("utf-8-sig")), number)["source"]
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def line_in_file(file: Path, number: int, line: int) -> int | None:
    """In which line of a notebook's file a line of a cell stands, as a comparison of files shows
    it; None where the file is not laid out so that it has one.
    """
    try:
        text = file.read_bytes().decode("utf-8")
        content, style = json.loads(text), _dumped(text)
        source = _cell(content, number)["source"]
    except (OSError, ValueError):
        return None
    if not isinstance(source, list) or style["indent"] is None:
        return None
    mark = "whygrad"
    while mark in text:
        mark += "-"
    for i, piece in enumerate(source):
        line -= max(1, str(piece).count("\n"))
        if line <= 0:
            source[i] = mark
            return json.dumps(content, **style).partition(mark)[0].count("\n") + 1
    return None


def with_cells(file: Path, texts: Mapping[int, str]) -> bytes:
    """The bytes of a notebook with other texts in some cells, and all else as it was."""
    return with_cells_in(file.read_bytes().decode("utf-8"), texts).encode("utf-8")


def cells_in(text: str, path: str) -> dict[str, str]:
    """The texts of all cells of what is no file, by their paths; none where it could not be written
    again without a change to something else.
    """
    try:
        _dumped(text)
        sources = enumerate((cell.get("source") for cell in json.loads(text)["cells"]), start=1)
        return {cell_path(path, number): "".join(source) for number, source in sources if source}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def with_cells_in(text: str, texts: Mapping[int, str]) -> str:
    """A notebook with other texts in some cells, and all else as it was."""
    style = _dumped(text)
    content = json.loads(text)
    for number, changed in texts.items():
        cell = _cell(content, number)
        lines = isinstance(cell["source"], list)
        cell["source"] = changed.splitlines(keepends=True) if lines else changed
    return json.dumps(content, **style) + text[len(text.rstrip()) :]


def _cell(content: Any, number: int) -> dict[str, Any]:
    try:
        cell = content["cells"][number - 1]
    except (KeyError, IndexError, TypeError):
        raise ValueError("no such cell") from None
    if not isinstance(cell, dict) or "source" not in cell:
        raise ValueError("no cell with a text")
    return cell


def _dumped(text: str) -> dict[str, Any]:
    """In which style the JSON was written, so that it can be written again to the byte."""
    content, plain = json.loads(text), text.rstrip()
    for indent, separators, ascii_only in product(_INDENTS, _SEPARATORS, (False, True)):
        style: dict[str, Any] = {
            "indent": indent,
            "separators": separators,
            "ensure_ascii": ascii_only,
        }
        if json.dumps(content, **style) == plain:
            return style
    raise ValueError("written in a way of its own")
