"""The pairs of source that are of TensorFlow and Keras, run: what is marked trains when mended, and
only then.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pairs.pair_format import Pair
from tests.source.pairs.driving import driven, holds, trains
from tests.source.pairs.test_source_pairs import MENDED_OTHERWISE, edited

keras = pytest.importorskip("keras")
pytestmark = [
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs TensorFlow"),
    pytest.mark.filterwarnings("ignore:__array__ implementation"),
]


PAIRS = driven("tf_", "tfk_", "keras_")


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """No model of a program outlives its test: whoever looks at all models would find it."""
    keras.backend.clear_session()
    yield
    keras.backend.clear_session()
    gc.collect()


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.id)
def test_what_is_marked_trains_when_mended(pair: Pair, tmp_path: Path) -> None:
    holds(pair, tmp_path)


@pytest.mark.parametrize(
    "pair", [p for p in PAIRS if p.id in MENDED_OTHERWISE], ids=lambda pair: pair.id
)
def test_the_offered_edits_mend_too(pair: Pair, tmp_path: Path) -> None:
    for path, text in edited(pair).items():
        (tmp_path / path).write_text(text)
    trains(pair, tmp_path)
