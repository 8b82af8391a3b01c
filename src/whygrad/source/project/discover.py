"""The Python files and notebooks below what a person named, without those nobody wrote."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from whygrad.source.project.generated import HEAD, is_generated
from whygrad.source.project.gitignore import Patterns, is_ignored, is_left_out, read_patterns
from whygrad.source.project.on_disk import read_bytes

SUFFIXES: Final = (".py", ".ipynb")
_SKIPPED: Final = {
    "__pycache__", "node_modules", "site-packages", "dist-packages", "build", "dist", "venv",
    "env", "__pypackages__",
}  # fmt: skip
_GENERATED: Final = ("_pb2.py", "_pb2_grpc.py")


def discover(
    paths: Sequence[str | os.PathLike[str]], exclude: tuple[Patterns, ...] = ()
) -> Iterator[str]:
    """The files of the paths, each once, in order. What is named itself is never skipped."""
    seen: set[str] = set()
    for given in paths:
        path = os.fspath(given)
        for file in _below(path, exclude) if os.path.isdir(path) else (path,):  # noqa: PTH112
            real = os.path.realpath(file)
            if real not in seen:
                seen.add(real)
                yield file


def left_out(
    paths: Sequence[str], exclude: tuple[Patterns, ...] = (), data: bytes | None = None
) -> tuple[list[str], list[tuple[str, str]]]:
    """Of the paths that were named, those to be looked at; and the others, each with the reason.
    A hook names every file that it is given: what a project leaves out, it leaves out there too.
    `data` is the content, where it is not that of the file.
    """
    kept, out = [], []
    for path in paths:
        is_folder = os.path.isdir(path)  # noqa: PTH112
        if is_left_out(path, exclude, is_folder=is_folder):
            out.append((path, "`exclude` in `pyproject.toml` matches"))
        elif not is_folder and is_generated(_head(path) if data is None else data):
            out.append((path, "its first lines say that a program wrote it"))
        else:
            kept.append(path)
    return kept, out


def _head(path: str) -> bytes:
    with suppress(OSError):
        return read_bytes(path, HEAD)
    return b""


def _below(root: str, exclude: tuple[Patterns, ...]) -> Iterator[str]:
    # Patterns speak of absolute paths; what is yielded begins with the path as it was given.
    absolute = Path(root).resolve()
    todo = [(root, absolute.as_posix(), (*_outer_patterns(absolute), *exclude))]
    visited = {absolute.as_posix()}
    while todo:
        folder, full, patterns = todo.pop()
        own = read_patterns(Path(full))
        patterns = (*patterns, own) if own is not None else patterns
        folders = []
        entries = _entries(folder)
        if entries is None:
            yield folder  # Read like a file, it is told why it could not be.
            continue
        for entry in entries:
            # Below `.`, a path is told as a person writes it: `train.py`.
            path = entry.name if folder in ("", ".") else os.path.join(folder, entry.name)  # noqa: PTH118
            below = f"{full}/{entry.name}"
            try:
                is_folder = entry.is_dir()
            except OSError:
                is_folder = False  # a link to itself, which is told when it is read
            if is_folder:
                if _skips_folder(entry) or is_ignored(below, True, patterns):
                    continue
                real = os.path.realpath(below) if entry.is_symlink() else below
                if real not in visited:
                    visited.add(real)
                    folders.append((path, below, patterns))
            elif _is_source(entry.name) and not is_ignored(below, False, patterns):
                yield path
        todo.extend(reversed(folders))


def _is_source(name: str) -> bool:
    return name.endswith(SUFFIXES) and not name.endswith(_GENERATED)


def _entries(folder: str) -> list[os.DirEntry[str]] | None:
    try:
        with os.scandir(folder or ".") as entries:
            return sorted(entries, key=lambda e: e.name)
    except OSError:
        return None


def _skips_folder(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if name.startswith(".") or name.endswith((".egg-info", ".dist-info")):
        return True
    if name in ("build", "dist", "env"):
        # Also good names for a package of one's own, which then says that it is one.
        return not os.path.exists(f"{entry.path}/__init__.py")  # noqa: PTH110
    return name in _SKIPPED or os.path.exists(f"{entry.path}/pyvenv.cfg")  # noqa: PTH110


def _outer_patterns(folder: Path) -> tuple[Patterns, ...]:
    """What the folders above say, up to the one that is the repository."""
    if os.path.exists(folder / ".git"):  # noqa: PTH110
        return ()
    found: list[Patterns] = []
    for outer in folder.parents:
        patterns = read_patterns(outer)
        if patterns is not None:
            found.append(patterns)
        if os.path.exists(outer / ".git"):  # noqa: PTH110
            return tuple(reversed(found))
    return ()  # No repository: then a `.gitignore` further up is somebody else's.
