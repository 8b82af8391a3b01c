"""Findings that are known and are not told again: kept by what is written there, not by line.

Paths are relative to the folder of the baseline, so that it means the same from everywhere.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Final

from whygrad.model.errors import InputError
from whygrad.model.finding import Finding
from whygrad.source.files import is_python, read
from whygrad.source.project.cells import cell_at

_FORMAT: Final = 2
_AS_GIVEN: Final = 1
"""The format in which paths were as the command had got them."""

Key = tuple[str, str, str, str]
"""Cause, path, function and text: what stays when lines above are added."""


def _keys(findings: Iterable[Finding], folder: Path) -> list[Key]:
    return [_key(finding, folder) for finding in findings]


def _key(finding: Finding, folder: Path) -> Key:
    place = finding.location
    if place is None:
        return finding.cause, "", "", finding.message
    text = " ".join((place.source or "").split())
    return finding.cause, _relative(place.path, folder), place.function or "", text


def _relative(path: str, folder: Path) -> str:
    """The path from the folder on; where links lead out of it, that between the real places."""
    told = path
    for absolute in (os.path.abspath, os.path.realpath):
        try:
            told = os.path.relpath(absolute(path), absolute(folder))
        except ValueError:  # another drive
            return Path(path).as_posix()
        if not told.startswith(os.pardir):
            break
    return told.replace(os.sep, "/")


def fresh(findings: Iterable[Finding], known: Counter[Key], folder: Path) -> list[Finding]:
    """The findings that a baseline in `folder` does not hold, or holds less often."""
    left = known.copy()
    found = []
    for finding in findings:
        key = _key(finding, folder)
        if left[key] > 0:
            left[key] -= 1
        else:
            found.append(finding)
    return found


def stale(
    findings: Iterable[Finding],
    known: Counter[Key],
    folder: Path,
    files: Collection[str],
    wanted: Callable[[str], bool],
) -> int:
    """How many of the known findings are no longer there. Nothing is said of what was not looked
    at: other files than `files` (unless they are gone), and causes that are not wanted.
    """
    left = known - Counter(_keys(findings, folder))
    seen = {_relative(path, folder) for path in files}
    looked: dict[str, bool] = {}
    count = 0
    for (cause, path, _, _), number in left.items():
        if path not in looked:
            looked[path] = not path or _was_seen(path, folder, seen)
        if looked[path] and wanted(cause):
            count += number
    return count


def _was_seen(path: str, folder: Path, seen: Collection[str]) -> bool:
    cell = cell_at(path)
    file = path if cell is None else cell[0].as_posix()
    if not (folder / file).exists():
        return True
    if file not in seen:
        return False
    # In a file that is no Python at the moment, nothing could be found.
    text = read(folder / file) if cell is None else ""
    return text is not None and is_python(text)


def dumps(findings: Iterable[Finding], folder: Path) -> str:
    """The text of a baseline that lies in `folder`."""
    rows = [
        {"cause": c, "path": p, "function": f, "source": s, "count": n}
        for (c, p, f, s), n in sorted(Counter(_keys(findings, folder)).items())
    ]
    return json.dumps({"whygrad_baseline": _FORMAT, "findings": rows}, indent=1) + "\n"


def load(path: Path, root: Path | None = None) -> Counter[Key]:
    """Read a baseline. Raises InputError where the file is none.

    One of the older format was mostly written in the project's folder `root`, or beside itself.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content["whygrad_baseline"]
        if version not in (_FORMAT, _AS_GIVEN):
            raise InputError(f"`{path}` is a baseline of another version; write it anew")
        folders = [folder for folder in (path.parent, root, Path()) if folder is not None]
        known: Counter[Key] = Counter()
        for row in content["findings"]:
            file = row["path"]
            if version == _AS_GIVEN and file:
                file = _found(file, folders)
            known[(row["cause"], file, row["function"], row["source"])] += int(row["count"])
        return known
    except OSError as error:
        raise InputError(f"cannot read `{path}`: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"`{path}` is no baseline of whygrad") from None


def _found(path: str, folders: list[Path]) -> str:
    cell = cell_at(path)
    file = cell[0] if cell is not None else Path(path)
    base = next((folder for folder in folders if (folder / file).exists()), folders[0])
    return _relative(str(base / path), folders[0])
