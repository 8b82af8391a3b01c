"""Every pair through what `whygrad run` does: the cause, the line, the variables, and nothing else.

The mended twin must be without errors and warnings, and the variables in question must train.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.pairs.pair_format import Pair, pairs
from tests.pairs.pair_worker import Worker

pytest.importorskip("torch")


Seen = Callable[[Pair], dict[str, Any]]


class Found(NamedTuple):
    """A finding, as far as a pair has an opinion on it."""

    path: str
    line: int
    severity: str
    cause: str
    variables: tuple[str, ...]


@pytest.mark.parametrize("pair", list(pairs()), ids=lambda pair: pair.id)
def test_pair(pair: Pair, seen: Seen, worker: Worker, tmp_path: Path) -> None:
    answer = seen(pair)
    wanted = _wanted(pair, answer)
    notes = any(mark.severity == "note" for mark in pair.marks)
    found = _found(answer, notes)
    if wanted != found:
        pytest.fail(_shown(pair.folder, pair.files, answer, wanted - found, found - wanted))
    errors = any(mark.severity == "error" for mark in pair.marks)
    raised = answer["report"]["stopped"] == "exception"
    assert answer["status"] == int(errors or raised)
    assert not (told := list(_unproved(pair, answer))), "\n".join(told)

    mended = worker.ask(kind="whygrad", script=str(pair.mend(tmp_path)))
    found = _found(mended, notes=False)
    if found or mended.get("status") != 0:
        pytest.fail(_shown(tmp_path, pair.files, mended, set(), found))
    for pattern in (name for mark in pair.marks for name in mark.after):
        rows = _rows(mended, pattern)
        assert rows, f"the report on the mended program has no variable {pattern}"
        bad = {name: row["status"] for name, row in rows.items() if row["status"] != "trains"}
        assert not bad, f"in the mended program: {bad}\n{_table(mended)}"


def test_most_pairs_are_proved(seen: Seen, capsys: pytest.CaptureFixture[str]) -> None:
    """At least 85% of all pairs: every error and warning of them is shown by a replay."""
    proved = {}
    for pair in pairs():
        proofs = [f["proof"] for f in _findings(seen(pair)) if f["severity"] != "note"]
        proved[pair.id] = bool(proofs) and all(p and p["holds"] is True for p in proofs)
    share = sum(proved.values()) / len(proved)
    with capsys.disabled():
        print(f" proved {sum(proved.values())} of {len(proved)} pairs ({share:.0%})", end="")
    assert share >= 0.85, sorted(id for id, holds in proved.items() if not holds)


def _unproved(pair: Pair, answer: dict[str, Any]) -> Iterator[str]:
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
