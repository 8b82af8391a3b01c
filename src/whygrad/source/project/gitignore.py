"""The patterns of `.gitignore` files, as git reads them."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class Pattern(NamedTuple):
    """One line: what it matches, relative to the folder of its file."""

    expression: re.Pattern[str]
    keeps: bool
    """`!pattern`: takes back what an earlier line ignored."""
    folders_only: bool


class Patterns(NamedTuple):
    """The patterns of one file, and the folder that they speak of."""

    base: str
    lines: tuple[Pattern, ...]


def read_patterns(folder: Path) -> Patterns | None:
    """The `.gitignore` of a folder, after what a repository there keeps to itself; None where
    there is neither.
    """
    texts = []
    for name in (".git/info/exclude", ".gitignore"):
        with suppress(OSError):
            texts.append(_read(f"{folder}/{name}"))
    lines = parse_patterns("\n".join(texts))
    return Patterns(folder.as_posix(), lines) if lines else None


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        return file.read()


def parse_patterns(text: str) -> tuple[Pattern, ...]:
    """The patterns of a text."""
    found = []
    for raw in text.splitlines():
        line = raw.rstrip()
        if not line or line.startswith("#"):
            continue
        keeps = line.startswith("!")
        line = line[1:] if keeps else line.removeprefix("\\")
        folders_only = line.endswith("/")
        line = line.rstrip("/")
        if line:
            found.append(Pattern(_compiled(line), keeps, folders_only))
    return tuple(found)


def is_ignored(path: str, is_folder: bool, files: tuple[Patterns, ...]) -> bool:
    """Whether a path is ignored by any of the files, outer ones first; the last match decides."""
    ignored = False
    for file in files:
        relative = path[len(file.base) :].lstrip("/") if path.startswith(file.base) else path
        for pattern in file.lines:
            if pattern.folders_only and not is_folder:
                continue
            if pattern.keeps == ignored and pattern.expression.fullmatch(relative):
                ignored = not pattern.keeps
    return ignored


def is_left_out(path: str, files: tuple[Patterns, ...], *, is_folder: bool = False) -> bool:
    """Whether a path is ignored, or a folder that it lies in."""
    if not files:
        return False
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100
    path = f"{Path(os.path.realpath(folder)).as_posix().rstrip('/')}/{name}"
    for file in files:
        if not path.startswith(f"{file.base.rstrip('/')}/"):
            continue
        ends = [i for i, char in enumerate(path) if char == "/" and i > len(file.base)]
        if any(is_ignored(path[:i], True, (file,)) for i in ends):
            return True
        if is_ignored(path, is_folder, (file,)):
            return True
    return False


@lru_cache(maxsize=1024)
def _compiled(line: str) -> re.Pattern[str]:
    # A slash before the end binds the pattern to its folder; else it holds at any depth.
    anchored = "/" in line
    text, i = "", 0
    line = line.lstrip("/")
    while i < len(line):
        if line.startswith("**/", i):
            text, i = text + "(?:.*/)?", i + 3
        elif line.startswith("**", i):
            text, i = text + ".*", i + 2
        elif line[i] == "*":
            text, i = text + "[^/]*", i + 1
        elif line[i] == "?":
            text, i = text + "[^/]", i + 1
        elif line[i] == "[" and (end := line.find("]", i + 2)) > 0:
            inner = line[i + 1 : end].replace("\\", "\\\\")
            inner = f"^{inner[1:]}" if inner.startswith("!") else inner
            text, i = f"{text}[{inner}]", end + 1
        elif line[i] == "\\" and i + 1 < len(line):
            text, i = text + re.escape(line[i + 1]), i + 2
        else:
            text, i = text + re.escape(line[i]), i + 1
    try:
        return re.compile(text if anchored else f"(?:.*/)?{text}", re.DOTALL)
    except re.error:
        return re.compile(re.escape(line))
