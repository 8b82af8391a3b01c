"""What a report on a pair must say, and how it is shown where it says something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.pairs.pair_format import Pair
from tests.pairs.pair_worker import Worker


class Found(NamedTuple):
    """A finding, as far as a pair has an opinion on it."""

    path: str
    line: int
    severity: str
    cause: str
    variables: tuple[str, ...]


def as_marked(pair: Pair, answer: dict[str, Any]) -> None:
    """The broken program has exactly the findings that its marks tell."""
    wanted = _wanted(pair, answer)
    notes = any(mark.severity == "note" for mark in pair.marks)
    found = _found(answer, notes)
    if wanted != found:
        pytest.fail(_shown(pair.folder, pair.files, answer, wanted - found, found - wanted))
    errors = any(mark.severity == "error" for mark in pair.marks)
    raised = answer["report"]["stopped"] == "exception"
    assert answer["status"] == int(errors or raised)


def silent_when_mended(pair: Pair, worker: Worker, folder: Path) -> None:
    """The mended program has no error and no warning, and what was broken trains."""
    mended = worker.ask(kind="whygrad", script=str(pair.mend(folder)))
    found = _found(mended, notes=False)
    if found or mended.get("status") != 0:
        pytest.fail(_shown(folder, pair.files, mended, set(), found))
    for pattern in (name for mark in pair.marks for name in mark.after):
        rows = _rows(mended, pattern)
        assert rows, f"the report on the mended program has no variable {pattern}\n{_table(mended)}"
        bad = {name: row["status"] for name, row in rows.items() if row["status"] != "trains"}
        assert not bad, f"in the mended program: {bad}\n{_table(mended)}"


def proved(answer: dict[str, Any]) -> bool:
    """Every error and warning is shown by a replay."""
    proofs = [f["proof"] for f in _findings(answer) if f["severity"] != "note"]
    return bool(proofs) and all(p and p["holds"] is True for p in proofs)


def unproved(pair: Pair, answer: dict[str, Any]) -> Iterator[str]:
    """Findings that should carry a proof and do not, or do and are marked as if they could not."""
    excused = {(mark.path, mark.line, mark.cause): mark.unproved for mark in pair.marks}
    for finding in _findings(answer):
        if finding["severity"] == "note" or finding["proof"] is None:
            continue
        place = finding["location"] or {"path": "(nowhere)", "line": 0}
        excuse = excused.get((place["path"], place["line"], finding["cause"]))
        proof = finding["proof"] or {"holds": None, "message": "nothing was tried"}
        if (proof["holds"] is True) == (excuse is not None):
            where = f"{place['path']}:{place['line']} {finding['cause']}"
            yield f"{where}: holds {proof['holds']}, marked {excuse!r}: {proof['message']}"


def _wanted(pair: Pair, answer: dict[str, Any]) -> set[Found]:
    return {
        Found(mark.path, mark.line, mark.severity, mark.cause, _expanded(answer, mark.names))
        for mark in pair.marks
    }


def _expanded(answer: dict[str, Any], patterns: Iterable[str]) -> tuple[str, ...]:
    """The variables of the report that match; a name that matches none stays as it is."""
    names = {name for pattern in patterns for name in (_rows(answer, pattern) or (pattern,))}
    return tuple(sorted(names))


def _rows(answer: dict[str, Any], pattern: str) -> dict[str, Any]:
    rows = answer.get("report", {}).get("variables", ())
    return {
        row["name"]: row
        for row in rows
        if any(fnmatchcase(name, pattern) for name in (row["name"], *row["aliases"]))
    }


def _found(answer: dict[str, Any], notes: bool) -> set[Found]:
    found = set()
    for finding in answer.get("report", {}).get("findings", ()):
        if finding["severity"] == "note" and not notes:
            continue
        place = finding["location"] or {"path": "(nowhere)", "line": 0}
        names = tuple(sorted(finding["variables"]))
        found.add(Found(place["path"], place["line"], finding["severity"], finding["cause"], names))
    return found


def _shown(
    folder: Path,
    files: tuple[str, ...],
    answer: dict[str, Any],
    missing: set[Found],
    surplus: set[Found],
) -> str:
    """The program, with what was expected and what was found at their lines."""
    told = [("expected, not found", one) for one in missing]
    told += [("found, not expected", one) for one in surplus]
    lines = []
    for file in files:
        lines.append(f"--- {file}")
        for number, text in enumerate((folder / file).read_text().splitlines(), 1):
            lines.append(f"{number:3} {text}")
            lines += [_line(what, one) for what, one in told if one[:2] == (file, number)]
    lines += [_line(what, one) for what, one in told if one.path not in files]
    lines += [f"    {f['cause']}: {f['message']}" for f in _findings(answer)]
    lines += [f"    notice: {notice}" for notice in answer.get("report", {}).get("notices", ())]
    lines += [_table(answer), f"status {answer.get('status')}", answer.get("said", "")]
    lines += [answer["died"]] if "died" in answer else []
    return "\n" + "\n".join(lines)


def _line(what: str, one: Found) -> str:
    place = f"{one.path}:{one.line} "
    return f"  >>> {what}: {place}{one.severity} {one.cause}: {', '.join(one.variables)}"


def _findings(answer: dict[str, Any]) -> list[dict[str, Any]]:
    findings: list[dict[str, Any]] = answer.get("report", {}).get("findings", [])
    return findings


def _table(answer: dict[str, Any]) -> str:
    keys = ("registered", "trainable", "optimizer", "gradient", "moved")
    return "\n".join(
        f"    {row['name']}: {row['status']} ({', '.join(f'{key} {row[key]}' for key in keys)})"
        for row in answer.get("report", {}).get("variables", ())
    )
