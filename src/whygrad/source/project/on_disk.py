"""What lies on the disk, without waiting for what never ends."""

from __future__ import annotations

import os
import stat
from typing import Final

NOTHING: Final = 0
FILE: Final = 1
FOLDER: Final = 2


def kind_of(path: str) -> int:
    """What there is by a path."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return NOTHING
    return FILE if stat.S_ISREG(mode) else FOLDER if stat.S_ISDIR(mode) else NOTHING


def names_in(folder: str) -> list[str]:
    """The names in a folder, in order; none where it cannot be listed."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return []


def read_bytes(path: str, count: int = -1) -> bytes:
    """The bytes of a file. Raises OSError, also for a pipe, which is read for ever, and a folder,
    which is read as a file only where it could not be listed.
    """
    mode = os.stat(path).st_mode  # noqa: PTH116
    if stat.S_ISDIR(mode):
        with os.scandir(path):
            raise IsADirectoryError(None, "it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(None, "it is no file with a content of its own, but a pipe or a device")
    with open(path, "rb", buffering=0 if count < 0 else -1) as file:  # noqa: PTH123
        return file.read(count)
