"""The pairs of source that are of JAX, run: what is marked trains when mended, and only then."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.pairs.pair_format import Pair
from tests.source.pairs.driving import driven, holds

# Looked for, not imported: that is left to the drives, for the sake of the tests that run before.
MISSING = [name for name in ("flax", "equinox", "optax") if find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}")


@pytest.mark.parametrize("pair", driven("jax_", "nnx_", "equinox_"), ids=lambda pair: pair.id)
def test_what_is_marked_trains_when_mended(pair: Pair, tmp_path: Path) -> None:
    holds(pair, tmp_path)
