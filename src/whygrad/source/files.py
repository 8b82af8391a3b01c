"""The files of a run, each read and parsed once, whatever encoding or line ends it has."""

from __future__ import annotations

import ast
import codecs
import io
import linecache
import os
import tokenize
from pathlib import Path

from whygrad.source.module import SourceModule


class Sources:
    """Gives modules by path. A relative path is looked up below `root` (default: where we are)."""

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        """Files are read when first asked for."""
        self._root = Path(root) if root is not None else Path.cwd()
        self._known: dict[str, tuple[float | None, SourceModule | None]] = {}
        self.answers: dict[object, bool | None] = {}
        """Answers to questions that go over several files; asked again for every variable."""

    def module(self, path: str) -> SourceModule | None:
        """The parsed file, or None where it cannot be read or is not Python."""
        stamp = self._stamp(path)
        known = self._known.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        module = parsed(path, self._text(path, stamp))
        self.answers.clear()
        self._known[path] = (stamp, module)
        return module

    def remember(self, path: str, text: str) -> SourceModule | None:
        """Take the text of something that is no file, e.g. standard input."""
        module = parsed(path, text)
        self.answers.clear()
        self._known[path] = (self._stamp(path), module)
        return module

    def _stamp(self, path: str) -> float | None:
        try:
            return (self._root / path).stat().st_mtime
        except (OSError, ValueError):
            return None

    def _text(self, path: str, stamp: float | None) -> str | None:
        if stamp is not None:
            return read(self._root / path)
        # Cells of a notebook and lines typed at a prompt are only known to linecache.
        try:
            lines = linecache.getlines(path)
        except ValueError:
            return None
        return "".join(lines) if lines else None


def parsed(path: str, text: str | None) -> SourceModule | None:
    """The module of a text, or None where it is not Python."""
    if text is None:
        return None
    try:
        return SourceModule(path, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def read(path: str | os.PathLike[str]) -> str | None:
    """The text of a Python file: encoding by its own declaration, line ends kept, no BOM."""
    try:
        return decode(Path(path).read_bytes())[0]
    except (OSError, SyntaxError, ValueError, LookupError):
        return None


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the encoding to write it back in (`utf-8-sig` where it has a BOM)."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    text = codecs.decode(data, encoding)
    return text, encoding


def encoded(text: str) -> bytes:
    """A text as the bytes of a file that `decode` makes the same text of."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data if encoding.startswith("utf-8") else text.encode(encoding)
    except (SyntaxError, LookupError, UnicodeEncodeError):
        return data


def is_python(text: str) -> bool:
    """Whether a text parses."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
