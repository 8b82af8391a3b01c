"""The pairs of TensorFlow and Keras that are run elsewhere, here only read: what `check` tells."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.pairs.pair_format import Pair, mended, pairs
from tests.source.pairs.test_source_pairs import PAIRS, check, texts_of

_HERE = Path(__file__).parents[2] / "tensorflow"
HEALTHY = sorted((_HERE / "healthy" / "programs").glob("*.py"))
CAUSES: Final = frozenset({
    "detached", "grad-disabled", "left-framework", "rewrapped", "non-differentiable-op",
    "custom-gradient", "unused", "not-in-optimizer", "stale-optimizer", "step-missing",
    "zero-learning-rate", "frozen",
})  # fmt: skip
"""The causes that come of following a program."""
NOT_SEEN: Final = {
    "frozen/keras_frozen_before_build": "whether Keras has built a layer yet is known in a run",
    "not-in-optimizer/tf_filtered_by_name": "which names a test lets through is known in a run",
    "not-in-optimizer/tf_gradients_of_other_list": "models made by one function are not told apart",
    "not-in-optimizer/tf_list_before_first_call": "whether Keras has built a layer yet is known in a"
    " run",
    "not-in-optimizer/tf_lists_in_other_order": "in which order two lists hold the same is not"
    " followed",
    "step-missing/tf_accumulates_and_never_applies": "how many batches there are is known in a run",
    "unused/keras_any_same_block_every_time": "layers made by one line are not told apart",
    "unused/tf_overwritten_in_loop": "variables made by one line are not told apart",
    "zero-learning-rate/keras_any_scheduler_callback": "the rate depends on the epoch",
    "zero-learning-rate/tf_rate_assigned": "the rate depends on the step",
}
"""Pairs that only a run can tell, and why."""


@pytest.mark.parametrize("pair", [*pairs(_HERE / "pairs" / "programs")], ids=lambda pair: pair.id)
def test_pair(pair: Pair) -> None:
    texts = texts_of(pair)
    told = [f for f in check(texts) if f.cause in CAUSES and f.location is not None]
    found = {(f.cause, f.location.path, f.location.line) for f in told if f.location is not None}
    expected = {(m.cause, f"/p/{m.path}", m.line) for m in pair.marks if m.cause in CAUSES}
    if pair.id in NOT_SEEN:
        assert found < expected
    else:
        assert found == expected
    assert all(f.framework == "tensorflow" for f in told)
    after = check({file: mended(text) for file, text in texts.items()})
    assert [f for f in after if f.cause in CAUSES] == []


@pytest.mark.parametrize("path", HEALTHY, ids=lambda path: path.stem)
def test_nothing_is_found_in_a_healthy_program(path: Path) -> None:
    assert check({path.name: path.read_text()}) == ()


def test_every_cause_is_seen_in_six_ways() -> None:
    """Of these frameworks alone: pairs that are run, and pairs that are only read."""
    run = [p for p in pairs(_HERE / "pairs" / "programs") if p.id not in NOT_SEEN]
    read = [p for p in PAIRS if p.id.partition("/")[2].startswith(("tf", "keras_", "jax_"))]
    seen = Counter(pair.cause for pair in [*run, *read])
    assert {cause: seen[cause] for cause in CAUSES if seen[cause] < 6} == {}
