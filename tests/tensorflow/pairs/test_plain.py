"""The pairs are what they claim to be, as the framework alone shows it, with no whygrad around."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.pairs.pair_format import Mark, Pair
from tests.pairs.pair_worker import Worker
from tests.tensorflow.pairs.programs_of import ELSEWHERE, named, neutral, programs

pytest.importorskip("keras")

Workers = Callable[[str], Worker]
REGISTRATION = {
    "unregistered-tensor",
    "unregistered-container",
    "buffer-not-parameter",
    "replaced-variable",
    "created-in-forward",
}
GRAPH = {
    "non-leaf-parameter",
    "detached",
    "grad-disabled",
    "left-framework",
    "rewrapped",
    "non-differentiable-op",
    "custom-gradient",
    "integer-dtype",
    "unused",
}
ZERO = {"dead-activation", "saturated", "multiplied-by-zero", "constant-output", "underflow"}


def test_there_are_enough() -> None:
    raw_and_keras_3 = [pair for pair in programs() if not named(pair).startswith("tfk_")]
    assert len(raw_and_keras_3) >= 70
    assert len(list(neutral())) >= 20


@pytest.mark.claims
@pytest.mark.newest
@pytest.mark.parametrize("pair", list(programs()), ids=lambda pair: pair.id)
def test_on_tensorflow(pair: Pair, worker_for: Workers, tmp_path: Path) -> None:
    claimed(pair, worker_for("tensorflow"), tmp_path)


@pytest.mark.claims
@pytest.mark.newest
@pytest.mark.parametrize("backend", ELSEWHERE)
@pytest.mark.parametrize("pair", list(neutral()), ids=lambda pair: pair.id)
def test_elsewhere(pair: Pair, backend: str, worker_for: Workers, tmp_path: Path) -> None:
    if backend == "jax" and pair.cause in ("exploding", "vanishing"):
        pytest.skip("how large a gradient is within a compiled step cannot be seen from outside")
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
                assert broken_so(mark, fact, broken), (name, fact, broken["raised"])
    names = [name for mark in marks for name in mark.after]
    mended = worker.ask(kind="plain", script=str(pair.mend(folder)), names=names)
    assert mended.get("raised", "died") is None, mended
    for pattern in names:
        facts = _matching(mended, pattern)
        assert facts, f"no variable is called {pattern} in the mended program: {mended}"
        for name, fact in facts.items():
            assert trains(fact), (name, fact)


def broken_so(mark: Mark, fact: dict[str, Any], broken: dict[str, Any]) -> bool:
    """Whether one variable of the broken program is broken in the way that the mark says."""
    # JAX gives zeros and does not show them; PyTorch gives them for `round`.
    nothing = not fact["got"] or fact["norm"] == 0 or broken["backend"] == "jax"
    if mark.cause in REGISTRATION:
        return not fact["held"]
    if mark.cause in GRAPH:
        return nothing and not fact["moved"]
    if mark.cause == "frozen":
        return not fact["moved"]
    if mark.cause in ("not-in-optimizer", "stale-optimizer"):
        return fact["others"] or (not fact["held"] and not fact["moved"])
    if mark.cause == "step-missing":
        return not fact["held"] and not fact["moved"]
    if mark.cause in ("nan-gradient", "exploding"):
        return not fact["finite"] or (mark.cause == "exploding" and (fact["norm"] or 0) > 1e3)
    if mark.cause == "vanishing":
        return fact["got"] and fact["norm"] is not None and fact["norm"] < 1e-3
    if mark.cause in ZERO and mark.severity == "error":
        # What a constant output gives back may be rounding noise.
        noise = 1e-4 if mark.cause == "constant-output" else 0.0
        return fact["held"] and fact["got"] and fact["distance"] <= noise
    if mark.severity == "warning":
        return bool(fact["held"])
    assert mark.cause in ("zero-learning-rate", "update-underflow"), mark.cause
    return fact["held"] and fact["got"] and not fact["moved"]


def trains(fact: dict[str, Any]) -> bool:
    """An optimizer moves it, or a program without one that asks a tape."""
    own = not fact["others"]
    return (
        own and (fact["held"] or fact["asked"]) and fact["got"] and fact["moved"] and fact["finite"]
    )


def _matching(answer: dict[str, Any], pattern: str) -> dict[str, Any]:
    assert "variables" in answer, answer
    return {n: f for n, f in answer["variables"].items() if fnmatchcase(n, pattern)}
