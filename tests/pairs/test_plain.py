"""The pairs are what they claim to be, as plain torch shows it, with no whygrad in the process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pairs.pair_format import PROGRAMS, Mark, Pair, pairs
from tests.pairs.pair_worker import Worker

pytest.importorskip("torch")

PAIRS = list(pairs())
REGISTRATION = {
    "unregistered-tensor",
    "unregistered-container",
    "non-leaf-parameter",
    "buffer-not-parameter",
    "replaced-variable",
    "created-in-forward",
}
GRAPH = {
    "detached",
    "grad-disabled",
    "left-framework",
    "rewrapped",
    "non-differentiable-op",
    "custom-gradient",
    "unused",
}
ZERO = {"dead-activation", "saturated", "multiplied-by-zero", "constant-output"}
NUMERICS = {"nan-gradient", "underflow", "vanishing", "exploding"}
FAMILIES = {
    *REGISTRATION,
    *GRAPH,
    *ZERO,
    *NUMERICS,
    *("frozen", "integer-dtype", "not-in-optimizer", "stale-optimizer"),
    *("zero-learning-rate", "update-underflow", "step-missing", "grads-not-cleared"),
}


def test_every_cause_has_at_least_four_shapes():
    counts = {cause: sum(pair.cause == cause for pair in PAIRS) for cause in FAMILIES}
    assert {p.name for p in PROGRAMS.iterdir() if p.is_dir()} == FAMILIES
    assert min(counts.values()) >= 4, counts
    assert len(PAIRS) >= 95


def claim(mark: Mark, facts: dict[str, Any], raised: bool) -> bool:
    """Whether one variable of the broken program is broken in the way that the mark says."""
    if mark.cause in REGISTRATION:
        return not facts["held"]
    if mark.cause == "frozen":
        return not facts["requires_grad"]
    if mark.cause == "grads-not-cleared":
        return bool(facts["carried"])
    if mark.cause in ("not-in-optimizer", "stale-optimizer"):
        return not facts["held"] and bool(facts["has_gradient"])
    if mark.cause == "zero-learning-rate":
        return facts["rate"] == 0 and facts["gradient_at_step"] and not facts["moved"]
    if mark.cause == "step-missing":
        return facts["requires_grad"] and not facts["gradient_at_step"]
    if mark.cause in NUMERICS or mark.cause == "update-underflow":
        return sick(mark, facts)
    if mark.cause in ZERO:
        # Zero in exact arithmetic; what a constant output gives back may be rounding noise.
        noise = 1e-4 if mark.cause == "constant-output" else 0.0
        if mark.severity == "warning" and not facts["has_gradient"]:
            return facts["held"] and facts["requires_grad"]  # it died on the way
        return facts["held"] and facts["requires_grad"] and facts["gradient_norm"] <= noise
    if mark.cause == "integer-dtype" and not facts["requires_grad"]:
        return True
    # The graph is cut: there is a variable that is to train, and nothing reaches it.
    wanted = facts["requires_grad"] and (facts["held"] or raised)
    return wanted and not facts["gradient_at_step"]


def sick(mark: Mark, facts: dict[str, Any]) -> bool:
    if mark.cause == "nan-gradient":
        return not facts["finite"] or facts["nan_loss"]
    if (mark.cause, mark.severity) == ("underflow", "warning"):
        return not facts["finite"]
    if mark.cause == "underflow":
        return facts["held"] and facts["finite"] and facts["gradient_norm"] == 0
    if mark.cause == "update-underflow":
        stays = 1.0 if mark.severity == "error" else 0.9
        return facts["gradient_at_step"] and facts["finite"] and facts["stayed"] >= stays
    small = facts["gradient_norm"] < 1e-3
    large = facts["gradient_norm"] > 1e3
    return facts["gradient_at_step"] and (small if mark.cause == "vanishing" else large)


def trains(facts: dict[str, Any]) -> bool:
    usable = facts["gradient_at_step"] and not facts["nan_loss"]
    return bool(usable and facts["moved"] and facts["rate"])


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.id)
def test_broken_as_claimed_and_mended(pair: Pair, worker: Worker, tmp_path: Path) -> None:
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
            assert facts, f"no tensor is called {pattern}: {broken}"
            for name, fact in facts.items():
                assert claim(mark, fact, broken["raised"]), (name, fact, broken["raised"])
    names = [name for mark in marks for name in mark.after]
    mended = worker.ask(kind="plain", script=str(pair.mend(tmp_path)), names=names)
    assert mended.get("raised", "died") is None, mended
    for pattern in names:
        facts = _matching(mended, pattern)
        assert facts, f"no tensor is called {pattern} in the mended program: {mended}"
        for name, fact in facts.items():
            assert trains(fact) and not fact["carried"], (name, fact)


def _matching(answer: dict[str, Any], pattern: str) -> dict[str, Any]:
    from fnmatch import fnmatchcase

    assert "variables" in answer, answer
    return {n: f for n, f in answer["variables"].items() if fnmatchcase(n, pattern)}
