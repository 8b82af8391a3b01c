"""Findings that are known and are not told again: kept by what is written there, not by line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from whygrad.model.errors import InputError
from whygrad.model.finding import Finding

_FORMAT: Final = 1

Key = tuple[str, str, str, str]
"""Cause, path, function and text: what stays when lines above are added."""


def keys_of(findings: Iterable[Finding]) -> Counter[Key]:
    """How often each finding occurs."""
    return Counter(_key(finding) for finding in findings)


def _key(finding: Finding) -> Key:
    place = finding.location
    if place is None:
        return finding.cause, "", "", finding.message
    return finding.cause, place.path, place.function or "", " ".join((place.source or "").split())


def fresh(findings: Iterable[Finding], known: Counter[Key]) -> list[Finding]:
    """The findings that a baseline does not hold, or holds less often."""
    left = known.copy()
    found = []
    for finding in findings:
        key = _key(finding)
        if left[key] > 0:
            left[key] -= 1
        else:
            found.append(finding)
    return found


def dumps(findings: Iterable[Finding]) -> str:
    """The text of a baseline."""
    rows = [
        {"cause": c, "path": p, "function": f, "source": s, "count": n}
        for (c, p, f, s), n in sorted(keys_of(findings).items())
    ]
    return json.dumps({"whygrad_baseline": _FORMAT, "findings": rows}, indent=1) + "\n"


def load(path: Path) -> Counter[Key]:
    """Read a baseline. Raises InputError where the file is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["whygrad_baseline"] != _FORMAT:
            raise InputError(f"`{path}` is a baseline of another version; write it anew")
        return Counter(
            {
                (row["cause"], row["path"], row["function"], row["source"]): int(row["count"])
                for row in content["findings"]
            }
        )
    except OSError as error:
        raise InputError(f"cannot read `{path}`: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"`{path}` is no baseline of whygrad") from None
