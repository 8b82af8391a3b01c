"""The report on files that have not changed, kept between runs: nothing is parsed or judged."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import whygrad
from whygrad.diagnosis.check import Wanted
from whygrad.model import codec
from whygrad.model.errors import WhygradError
from whygrad.model.report import Report
from whygrad.source.mending import write_text_file
from whygrad.source.project.project import Project


def key_of(files: Mapping[str, str], wanted: Wanted) -> str | None:
    """What a report depends on within the project: the paths and bytes of all files, our version,
    and the causes asked for. None where a file cannot be read: that is told anew each time.
    """
    parts = [whygrad.__version__, *sorted(wanted.select), "-", *sorted(wanted.ignore)]
    whole = hashlib.blake2b("\0".join(parts).encode(), digest_size=16)
    for path, shown in files.items():
        try:
            data = Path(path).read_bytes()
        except OSError:
            return None
        whole.update(f"\0{shown}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        whole.update(data)
    return whole.hexdigest()


def get(file: Path, key: str) -> Report | None:
    """The kept report, if nothing has changed: neither the project nor what it read elsewhere."""
    with suppress(OSError, ValueError, KeyError, TypeError, WhygradError):
        row = json.loads(file.read_text(encoding="utf-8"))
        if row["key"] == key and _stamps(row["outside"]) == row["outside"]:
            return codec.loads(row["report"])
    return None


def put(file: Path, key: str, report: Report, project: Project) -> None:
    """Keep a report. A disk that is full is no reason to fail."""
    outside = _stamps([*project.outside(), *project.layout.installed])
    row = {"key": key, "outside": outside, "report": codec.dumps(report)}
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_text_file(file, json.dumps(row))


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
