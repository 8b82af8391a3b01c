"""The report on files that have not changed, kept between runs: nothing is parsed or judged."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from whygrad.diagnosis.check import Wanted
from whygrad.model import codec
from whygrad.model.errors import WhygradError
from whygrad.model.report import Report
from whygrad.source.project.cache import build
from whygrad.source.project.layout import installed_folders
from whygrad.source.project.on_disk import kind_of, read_bytes
from whygrad.source.project.project import Project


def key_of(files: Mapping[str, str], wanted: Wanted, exclude: Iterable[str] = ()) -> str | None:
    """What a report depends on within the project: the paths and bytes of all files, our build,
    the causes asked for, what is excluded, and where packages are installed. None where a file
    cannot be read: that is told anew each time.
    """
    parts = [build(), *sorted(wanted.select), "-", *sorted(wanted.ignore)]
    parts += [str(sys.version_info), "-", *exclude, "-", *installed_folders()]
    whole = hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16)
    for path, shown in files.items():
        try:
            data = read_bytes(path)
        except (OSError, ValueError):
            return None
        whole.update(f"\0{path}\0{shown}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        whole.update(data)
    return whole.hexdigest()


def get(file: Path, key: str) -> Report | None:
    """The kept report, if nothing has changed: neither the project nor what it read elsewhere."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, WhygradError):
        row = json.loads(file.read_text(encoding="utf-8"))
        if row["key"] == key and _is_as_it_was(row):
            return codec.loads(row["report"])
    return None


def _is_as_it_was(row: Mapping[str, Any]) -> bool:
    return (
        bool(_stamps(row["outside"]) == row["outside"])
        and all(kind_of(path) == kind for path, kind in row["looked_up"].items())
        and bool(_asking(row["asking"]) == row["asking"])
    )


def put(file: Path, key: str, report: Report, project: Project) -> None:
    """Keep a report. A disk that is full is no reason to fail."""
    # Loaded where there is something to write: most of what a check of little takes is imports.
    from whygrad.source.mending import write_text_file

    row = {
        "key": key,
        "outside": _stamps([*project.outside(), *project.layout.installed]),
        "looked_up": dict(project.layout.looked_up),
        "asking": _asking(project.asking),
        "report": codec.dumps(report),
    }
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text_file(file, json.dumps(row))


def _asking(folders: Collection[str]) -> dict[str, dict[str, list[int]]]:
    """The files of each folder that say what a project asks for."""
    if not folders:
        return {}
    from whygrad.source.project.declared import files_that_ask

    return {
        folder: _stamps(f"{folder}/{name}" for name in files_that_ask(folder)) for folder in folders
    }


def _stamps(paths: Iterable[str]) -> dict[str, list[int]]:
    """When each was last changed, and its size. A folder changes with what is installed in it."""
    found = {}
    for path in paths:
        try:
            told = os.stat(path)  # noqa: PTH116
        except OSError:
            found[path] = [0, 0]
            continue
        found[path] = [told.st_mtime_ns, told.st_size]
    return found
