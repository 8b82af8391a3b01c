"""Every pair through what `whygrad run` does: the cause, the line, the variables, and nothing else.

The mended twin must be without errors and warnings, and the variables in question must train.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pairs.pair_check import as_marked, silent_when_mended, unproved
from tests.pairs.pair_format import Pair
from tests.pairs.pair_worker import Worker
from tests.tensorflow.pairs.programs_of import ELSEWHERE, named, neutral, programs

pytest.importorskip("keras")

Workers = Callable[[str], Worker]

OLDEST = (
    "keras_scaled_dense keras_trainable_said_fit keras_list_of_variables keras_stop_gradient_in_call"
    " keras_output_without_loss tf_helper_in_loop tf_float_of_scale tf_wrong_zip tf_returns_none"
    " tf_rate_divided_away tf_forward_before_tape tf_loss_after_tape"
).split()
"""Run with the oldest versions too, beside all of Keras 2."""


def on_tensorflow() -> Iterator[Any]:
    for pair in programs():
        oldest = named(pair) in OLDEST or named(pair).startswith("tfk_")
        yield pytest.param(pair, id=pair.id, marks=() if oldest else pytest.mark.newest)


@pytest.mark.parametrize("pair", on_tensorflow())
def test_on_tensorflow(pair: Pair, worker_for: Workers, tmp_path: Path) -> None:
    holds(pair, worker_for("tensorflow"), tmp_path)


@pytest.mark.newest
@pytest.mark.parametrize("backend", ELSEWHERE)
@pytest.mark.parametrize("pair", list(neutral()), ids=lambda pair: pair.id)
def test_elsewhere(pair: Pair, backend: str, worker_for: Workers, tmp_path: Path) -> None:
    holds(pair, worker_for(backend), tmp_path)


def holds(pair: Pair, worker: Worker, folder: Path) -> None:
    answer = worker.ask(kind="whygrad", script=str(pair.folder / pair.main))
    as_marked(pair, answer)
    versions = answer["report"]["frameworks"]
    if "jax" not in versions or not versions["keras"].startswith("3.3."):
        # Keras 3.3 leaves its optimizer without numbers where `fit` on JAX is stopped.
        assert not (told := list(unproved(pair, answer))), "\n".join(told)
    silent_when_mended(pair, worker, folder)
