"""The pairs of TensorFlow and Keras that are run elsewhere, here only read: what `check` tells of
what a class registers, and of what it does not.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.pairs.pair_format import Pair, mended, pairs
from tests.source.pairs.test_source_pairs import PAIRS, check, texts_of

PROGRAMS = Path(__file__).parents[2] / "tensorflow" / "pairs" / "programs"
CAUSES: Final = frozenset({
    "unregistered-tensor", "unregistered-container", "non-leaf-parameter", "buffer-not-parameter",
    "replaced-variable", "created-in-forward", "integer-dtype",
})  # fmt: skip
NOT_SEEN: Final = {
    "created-in-forward/tf_head_made_by_function": "the variable is no part of a class",
}
"""Pairs of these causes that only a run can tell so, and why."""
_OURS: Final = ("tf_", "tfk_", "keras_", "nnx_", "equinox_")


def marked(pair: Pair) -> set[tuple[str, str, int]]:
    return {(m.cause, f"/p/{m.path}", m.line) for m in pair.marks if m.cause in CAUSES}


@pytest.mark.parametrize("pair", [*pairs(PROGRAMS)], ids=lambda pair: pair.id)
def test_pair(pair: Pair) -> None:
    texts = texts_of(pair)
    told = [f for f in check(texts) if f.cause in CAUSES]
    found = [(f.cause, f.location.path, f.location.line) for f in told if f.location is not None]
    assert len(found) == len(told) == len(set(found))
    if pair.id in NOT_SEEN:
        assert set(found) < marked(pair)
    else:
        assert set(found) == marked(pair)
    assert all(f.framework == "tensorflow" for f in told)
    after = check({file: mended(text) for file, text in texts.items()})
    assert [f for f in after if f.cause in CAUSES] == []


def test_every_cause_is_seen_in_six_ways() -> None:
    """Of TensorFlow, Keras and JAX alone: pairs that are run, and pairs that are only read."""
    run = [p for p in pairs(PROGRAMS) if p.id not in NOT_SEEN]
    read = [p for p in PAIRS if p.id.partition("/")[2].startswith(_OURS)]
    seen = Counter(pair.cause for pair in [*run, *read])
    assert {cause: seen[cause] for cause in CAUSES if seen[cause] < 6} == {}
