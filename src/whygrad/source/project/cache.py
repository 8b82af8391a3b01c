"""The facts of files by their content, kept between runs. Damaged or foreign: as if it were not."""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

import whygrad
from whygrad.source.project.scanning import Scanned

FORMAT: Final = 6
"""Counts up with every change to what the facts say; part of the key."""


_IDLE: Final = 1000
"""Contents that may be kept though a run had no use for them."""


class Cache:
    """One file for all files of a project. A content that was seen before is not parsed again."""

    def __init__(self, path: Path | None, version: str) -> None:
        """Without a path nothing is kept."""
        self._path = path
        self._key = f"{version} {FORMAT} {sys.version_info[:2]} {sys.implementation.cache_tag}"
        self._rows: dict[bytes, tuple[object, ...]] = {}
        self._used: dict[bytes, tuple[object, ...]] = {}
        self._fresh = False
        if path is not None:
            with suppress(OSError, ValueError, EOFError, TypeError):
                key, rows = marshal.loads(path.read_bytes())
                if key == self._key and isinstance(rows, dict):
                    self._rows = rows

    @property
    def empty(self) -> bool:
        """Whether nothing was kept by an earlier run."""
        return not self._rows

    def get(self, digest: bytes) -> Scanned | None:
        """What is known of a content."""
        row = self._rows.get(digest) or self._used.get(digest)
        if row is None or len(row) != len(Scanned._fields):
            return None
        self._used[digest] = row
        return Scanned._make(row)

    def put(self, scanned: Scanned) -> None:
        """Keep what was found out."""
        self._used[scanned.digest] = tuple(scanned)
        self._fresh = True

    def _to_keep(self) -> dict[bytes, tuple[object, ...]]:
        """Also what this run did not need, as it may have looked at a single file; but not for
        ever.
        """
        idle = [row for row in self._rows.items() if row[0] not in self._used]
        room = max(len(self._rows), _IDLE, 2 * len(self._used)) - len(self._used)
        return {**dict(idle[-room:] if room > 0 else ()), **self._used}

    def save(self) -> None:
        """Write what is known, in one piece; a full disk is no reason to fail."""
        if self._path is None or not self._fresh:
            return
        import tempfile

        with suppress(OSError, ValueError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            data = marshal.dumps((self._key, self._to_keep()))
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".facts")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                Path(name).replace(self._path)
            except OSError:
                Path(name).unlink(missing_ok=True)


@lru_cache(maxsize=1)
def build() -> str:
    """What changes with us: the version, and where we are worked on, the time of our own files."""
    home = Path(whygrad.__file__).parent
    if home.parent.name in ("site-packages", "dist-packages"):
        return whygrad.__version__
    newest = 0
    todo = [str(home)]
    while todo:
        with suppress(OSError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    newest = max(newest, entry.stat().st_mtime_ns)
                elif "." not in entry.name and entry.name != "__pycache__":
                    todo.append(entry.path)
    return f"{whygrad.__version__} {newest}"


def default_path(root: str) -> Path:
    """Where the facts of a project are kept: in the person's own cache, not in the project."""
    base = os.environ.get("WHYGRAD_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    folder = Path(base) if base else Path.home() / ".cache"
    name = hashlib.blake2b(root.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return folder / "whygrad" / f"{name}.facts"
