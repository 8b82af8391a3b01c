"""Every edit that is offered is put into its program, which must then run and be silent."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.pairs.pair_format import Pair, mended, pairs
from tests.pairs.pair_worker import Worker
from tests.source.pairs.test_source_pairs import bare
from whygrad.diagnosis.in_source import findings_in
from whygrad.model.source import Edit
from whygrad.source.edits import apply
from whygrad.source.project.project import project_of

pytest.importorskip("torch")

_FEWEST = 45
"""How many of the programs get an edit at least; the others get words."""


def test_offered_edits_mend(worker: Worker, tmp_path: Path) -> None:
    bad: dict[str, Any] = {}
    mended = 0
    for pair in pairs():
        folder = tmp_path / pair.id
        _copy(pair, folder)
        script = str(folder / pair.main)
        if not _put_in(folder, worker.ask(kind="whygrad", script=script)):
            continue
        mended += 1
        report = worker.ask(kind="whygrad", script=script).get("report", {})
        left = [f["message"] for f in _pressing(report)]
        if left or report.get("exception") or "findings" not in report:
            bad[pair.id] = left or report
    assert not bad
    assert mended >= _FEWEST


def test_edits_of_the_source_mend(worker: Worker, tmp_path: Path) -> None:
    """What `check` offers without a run, unsafe edits too, where it is not the twin to the letter."""
    bad: dict[str, Any] = {}
    tried = 0
    for pair in pairs():
        folder = tmp_path / pair.id
        _copy(pair, folder)
        texts = {str(folder / name): (folder / name).read_text() for name in pair.files}
        told = findings_in(project_of(texts))
        edits = [edit for finding in told for edit in (finding.fix.edits if finding.fix else ())]
        for path in {edit.path for edit in edits}:
            own = tuple(dict.fromkeys(edit for edit in edits if edit.path == path))
            Path(path).write_text(apply(texts[path], own))
        written = {name: bare((folder / name).read_text()) for name in pair.files}
        if not edits or written == {n: mended((pair.folder / n).read_text()) for n in pair.files}:
            continue
        tried += 1
        causes = {finding.cause for finding in told}
        report = worker.ask(kind="whygrad", script=str(folder / pair.main)).get("report", {})
        left = [f["message"] for f in _pressing(report) if f["cause"] in causes]
        if left or report.get("exception") or "findings" not in report:
            bad[pair.id] = left or report
    assert not bad
    assert tried >= 10


def _copy(pair: Pair, folder: Path) -> None:
    for name in pair.files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(pair.folder / name, folder / name)


def _put_in(folder: Path, answer: dict[str, Any]) -> bool:
    edits: dict[str, dict[Edit, None]] = {}
    for finding in _pressing(answer.get("report", {})):
        for edit in (finding["fix"] or {}).get("edits", ()):
            start, end = (tuple(edit[key]) for key in ("start", "end"))
            made = Edit(edit["path"], start, end, edit["text"])
            edits.setdefault(made.path, {})[made] = None
    for path, several in edits.items():
        file = folder / path
        file.write_text(apply(file.read_text(), several))
    return bool(edits)


def _pressing(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [f for f in report.get("findings", ()) if f["severity"] != "note"]
