"""The pairs of source that are of TensorFlow and Keras, run: what is marked trains when mended, and
only then.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pairs.pair_format import Pair
from tests.source.pairs.driving import driven, holds

keras = pytest.importorskip("keras")
pytestmark = [
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs TensorFlow"),
    pytest.mark.filterwarnings("ignore:__array__ implementation"),
]


@pytest.mark.parametrize("pair", driven("tf_", "tfk_", "keras_"), ids=lambda pair: pair.id)
def test_what_is_marked_trains_when_mended(pair: Pair, tmp_path: Path) -> None:
    keras.backend.clear_session()
    holds(pair, tmp_path)
