"""The pairs of source that are of PyTorch, run: what is marked trains when mended, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pairs.pair_format import Pair
from tests.source.pairs.driving import DRIVES, driven, holds, trains
from tests.source.pairs.test_source_pairs import MENDED_OTHERWISE, PAIRS, edited

pytest.importorskip("torch")
pytest.importorskip("lightning")


@pytest.mark.parametrize("pair", driven(), ids=lambda pair: pair.id)
def test_what_is_marked_trains_when_mended(pair: Pair, tmp_path: Path) -> None:
    holds(pair, tmp_path)


@pytest.mark.parametrize(
    "pair", [p for p in driven() if p.id in MENDED_OTHERWISE], ids=lambda pair: pair.id
)
def test_the_offered_edits_mend_too(pair: Pair, tmp_path: Path) -> None:
    for path, text in edited(pair).items():
        (tmp_path / path).write_text(text)
    trains(pair, tmp_path)


def test_each_pair_has_its_drive() -> None:
    drives = {str(path.relative_to(DRIVES).with_suffix("")) for path in DRIVES.rglob("*.py")}
    assert drives == {pair.id for pair in PAIRS}
