"""Every pair through what `whygrad run` does: the cause, the line, the variables, and nothing else.

The mended twin must be without errors and warnings, and the variables in question must train.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pairs.pair_check import as_marked, silent_when_mended, unproved
from tests.pairs.pair_format import Pair
from tests.pairs.pair_worker import Worker
from tests.tensorflow.pairs.programs_of import ELSEWHERE, neutral, programs

pytest.importorskip("keras")

pytestmark = pytest.mark.newest
Workers = Callable[[str], Worker]

PROVED = False
"""Whether steps of TensorFlow can be run again, so that findings are to carry a proof."""


@pytest.mark.parametrize("pair", list(programs()), ids=lambda pair: pair.id)
def test_on_tensorflow(pair: Pair, worker_for: Workers, tmp_path: Path) -> None:
    holds(pair, worker_for("tensorflow"), tmp_path)


@pytest.mark.parametrize("backend", ELSEWHERE)
@pytest.mark.parametrize("pair", list(neutral()), ids=lambda pair: pair.id)
def test_elsewhere(pair: Pair, backend: str, worker_for: Workers, tmp_path: Path) -> None:
    holds(pair, worker_for(backend), tmp_path)


def holds(pair: Pair, worker: Worker, folder: Path) -> None:
    answer = worker.ask(kind="whygrad", script=str(pair.folder / pair.main))
    as_marked(pair, answer)
    if PROVED:
        assert not (told := list(unproved(pair, answer))), "\n".join(told)
    silent_when_mended(pair, worker, folder)
