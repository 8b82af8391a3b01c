"""The pairs are what they claim to be, as the framework alone shows it, with no whygrad around."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.pairs.pair_format import Pair
from tests.pairs.pair_worker import Worker
from tests.tensorflow.pairs.programs_of import ELSEWHERE, neutral, programs

pytest.importorskip("keras")

pytestmark = pytest.mark.newest
Workers = Callable[[str], Worker]
_GIVEN = {
    *("zero-learning-rate", "update-underflow", "frozen", "stale-optimizer"),
    *("dead-activation", "saturated", "multiplied-by-zero", "constant-output", "nan-gradient"),
    *("vanishing", "exploding", "underflow"),
}
"""Causes with which an optimizer may well be given a gradient."""


def test_there_are_enough() -> None:
    raw_and_keras_3 = [p for p in programs() if not Path(p.main).stem.startswith("tfk_")]
    assert len(raw_and_keras_3) >= 60
    assert len(list(neutral())) >= 12


@pytest.mark.parametrize("pair", list(programs()), ids=lambda pair: pair.id)
def test_on_tensorflow(pair: Pair, worker_for: Workers, tmp_path: Path) -> None:
    claimed(pair, worker_for("tensorflow"), tmp_path)


@pytest.mark.parametrize("backend", ELSEWHERE)
@pytest.mark.parametrize("pair", list(neutral()), ids=lambda pair: pair.id)
def test_elsewhere(pair: Pair, backend: str, worker_for: Workers, tmp_path: Path) -> None:
    claimed(pair, worker_for(backend), tmp_path)


def claimed(pair: Pair, worker: Worker, folder: Path) -> None:
    marks = pair.marks
    assert marks, "no guilty line"
    assert pair.cause in {mark.cause for mark in marks}
    names = [name for mark in marks for name in mark.names]
    broken = worker.ask(kind="plain", script=str(pair.folder / pair.main), names=names)
    for mark in marks:
        for pattern in mark.names:
            facts = _matching(broken, pattern)
            if mark.cause == "created-in-forward" and not facts:
                continue  # it lives in a call only
            assert facts, f"no variable is called {pattern}: {broken}"
            for name, fact in facts.items():
                broken_so = mark.cause == "nan-gradient" or not fact["moved"]
                unasked = mark.cause in _GIVEN or mark.severity == "warning" or not fact["given"]
                assert broken_so and unasked, (name, fact, broken)
    names = [name for mark in marks for name in mark.after]
    mended = worker.ask(kind="plain", script=str(pair.mend(folder)), names=names)
    assert mended.get("raised", "died") is None, mended
    for pattern in names:
        facts = _matching(mended, pattern)
        assert facts, f"no variable is called {pattern} in the mended program: {mended}"
        for name, fact in facts.items():
            assert fact["held"] and fact["given"] and fact["moved"] and fact["finite"], (name, fact)


def _matching(answer: dict[str, Any], pattern: str) -> dict[str, Any]:
    assert "variables" in answer, answer
    return {n: f for n, f in answer["variables"].items() if fnmatchcase(n, pattern)}
