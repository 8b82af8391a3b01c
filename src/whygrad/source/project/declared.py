"""Which versions of TensorFlow and Keras a project asks for: read from its own files, or from the
description of an installed package.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from whygrad.source.project.on_disk import names_in

_PLAIN: Final = (
    "pyproject.toml", "setup.cfg", "setup.py", "environment.yml", "environment.yaml", "Pipfile",
)  # fmt: skip
_ASKED: Final = re.compile(
    r"(?:(?<![\w.-])|(?<=dependencies\.))(?P<name>tensorflow(?:[-_.](?:cpu-aws|cpu|gpu|macos|intel|rocm))?|keras)"
    r"(?:[ \t]*\[[\w,\- ]+\])?"
    r"(?P<is>[\"']?[ \t]*(?:=[ \t]*(?:\{[^{}\n]*?\bversion[ \t]*=[ \t]*)?[\"'])?[ \t(]*"
    r"|\][ \t]*\n(?:(?!\[)[^\n]*\n){0,8}?[ \t]*version[ \t]*=[ \t]*[\"'])"
    r"(?P<bounds>BOUND(?:[ \t]*(?:,|\|\|?)[ \t]*BOUND|[ \t]+(?=[<>=!~^])BOUND)*)".replace(
        "BOUND", r"(?:[<>=!~^]{1,3}[ \t]*)?\d[\w.*+]*"
    ),
    re.IGNORECASE,
)
_BOUND: Final = re.compile(
    r"(?P<sign>[<>=!~^]*)[ \t]*(?P<version>\d+(?:\.\d+)*)(?P<any>\.?\*)?[\w.+]*"
)
_DEEPEST: Final = 12
_PARTS: Final = 3
_FIRST: Final = {"keras": (3, 0, 0)}
_FIRST_TENSORFLOW: Final = (2, 16, 0)
"""The first version of TensorFlow whose `tf.keras` is Keras 3."""
_LAST: Final = (99, 0, 0)


class Asked(NamedTuple):
    """A dependency that says which Keras it is."""

    major: int | None
    """2 or 3; None where both will do."""
    text: str
    """`tensorflow>=2.4`, as it stands there."""
    path: str


def asked_for(path: str, looked: set[str] | None = None) -> Asked | None:
    """What is asked for nearest to a file; None where nothing is. The folders in which it was
    looked for go into `looked`.
    """
    folder = os.path.dirname(path)  # noqa: PTH120
    inner = ""
    for _ in range(_DEEPEST):
        if looked is not None:
            looked.add(folder)
        found = list(_in_folder(folder, inner))
        if found:
            majors = {one.major for one in found}
            return found[0] if len(majors) == 1 else found[0]._replace(major=None)
        outer = os.path.dirname(folder)  # noqa: PTH120
        if outer == folder or os.path.exists(f"{folder}/.git"):  # noqa: PTH110
            return None
        folder, inner = outer, os.path.basename(folder)  # noqa: PTH119
    return None


def files_that_ask(folder: str) -> list[str]:
    """The names of the files of a folder that may say what a project asks for."""
    return [name for name in names_in(folder) if _may_ask(name)]


def _may_ask(name: str) -> bool:
    return name in _PLAIN or (name.startswith("requirements") and name.endswith((".txt", ".in")))


def _in_folder(folder: str, inner: str) -> Iterator[Asked]:
    for name in names_in(folder):
        if _may_ask(name):
            yield from _in_text(_read(f"{folder}/{name}"), name)
        elif inner and name.endswith(".dist-info") and _describes(folder, name, inner):
            metadata = _read(f"{folder}/{name}/METADATA")
            lines = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
            yield from _in_text("\n".join(lines), f"{name}/METADATA")


def _describes(folder: str, name: str, package: str) -> bool:
    """Whether an installed distribution holds a package."""
    stem = name.partition("-")[0].lower().replace("-", "_")
    if stem == package.lower():
        return True
    return package in _read(f"{folder}/{name}/top_level.txt").split()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _in_text(text: str, path: str) -> Iterator[Asked]:
    for match in _ASKED.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if "#" in line or (not _has_sign(match["bounds"]) and "=" not in match["is"]):
            continue
        low, high = _range(match["bounds"])
        first = _FIRST.get(match["name"].lower(), _FIRST_TENSORFLOW)
        major = 3 if low >= first else 2 if high <= first else None
        yield Asked(major, f"{match['name']}{match['bounds']}".replace(" ", ""), path)


def _has_sign(bounds: str) -> bool:
    return bounds[:1] in "<>=!~^"


def _range(bounds: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The lowest version that is allowed, and the first one that no longer is."""
    ranges = [_all_of(part) for part in bounds.split("|") if part]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _all_of(bounds: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    low, high = (0, 0, 0), _LAST
    for match in _BOUND.finditer(bounds):
        lowest, first_above = _allowed(match["sign"], match["version"], match["any"] is not None)
        low, high = max(low, lowest), min(high, first_above)
    return low, high


def _allowed(
    sign: str, text: str, any_below: bool
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """What one bound allows, as pip, Poetry and conda read it."""
    parts = [int(part) for part in text.split(".")][:_PARTS]
    version, size = _padded(parts), len(parts)
    if sign == "!=":
        return (0, 0, 0), _LAST
    if sign in (">", ">="):
        return version, _LAST
    if sign in ("<", "<="):
        return (0, 0, 0), version if sign == "<" else _after(version)
    if sign == "~=":
        size = max(1, size - 1)
    elif sign == "^":
        size = 1
    elif sign == "~":
        size = min(size, 2)
    elif sign != "=" and not any_below:
        size = _PARTS
    return version, _after(version[:size])


def _padded(parts: Sequence[int]) -> tuple[int, int, int]:
    major, minor, micro = (*parts, 0, 0)[:_PARTS]
    return major, minor, micro


def _after(parts: Sequence[int]) -> tuple[int, int, int]:
    """The first version that does not begin like this."""
    return _padded([*parts[:-1], parts[-1] + 1])
