"""Two steps of `fit` on real architectures: what is said of every variable is what TensorFlow says.

A plain tape tells who has a gradient, the weights themselves tell who moved. No error, for nothing
is wrong with them.
"""

from __future__ import annotations

import importlib
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder
pytest.importorskip("keras_hub")

import keras
import tensorflow as tf

import whygrad
from tests.tensorflow.architectures.cases import BATCH, Case, cases
from whygrad.model.finding import Severity
from whygrad.model.report import Gradient, Status

pytestmark = pytest.mark.newest
_CLASSES = 3
LARGE = 1 << 18


class WithHead(keras.Model):
    """A backbone as people use it: the mean over its positions goes into a new head."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = keras.layers.Dense(_CLASSES)

    def call(self, inputs: Any) -> Any:
        seen = self.backbone(inputs)
        if isinstance(seen, dict):
            seen = seen.get("sequence_output", seen.get("decoder_sequence_output"))
        positions = tuple(range(1, len(seen.shape) - 1))
        return self.head(keras.ops.mean(seen, axis=positions) if positions else seen)


def all_of_them() -> list[Any]:
    """Those that take long are left to `make wide`."""
    marks = {True: pytest.mark.wide, False: ()}
    return [pytest.param(case, id=case.id, marks=marks[case.slow]) for case in cases()]


class Moves(keras.callbacks.Callback):
    """Who moved in any step: a tiny update may be taken back to the bit by the next one.

    By place in the model's list, for two variables may have one path (both stacks of T5 do).
    """

    def __init__(self) -> None:
        super().__init__()
        self.moved: set[int] = set()
        self._before: list[Any] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._before = [v.numpy() for v in self.model.trainable_variables]

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        for place, variable in enumerate(self.model.trainable_variables):
            if not numpy.array_equal(self._before[place], variable.numpy()):
                self.moved.add(place)


@pytest.fixture(autouse=True)
def _as_new() -> Iterator[None]:
    keras.utils.set_random_seed(0)
    yield
    keras.backend.clear_session()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", all_of_them())
def test_verdicts(case: Case) -> None:
    inputs = case.inputs()
    labels = numpy.arange(BATCH) % _CLASSES
    model = WithHead(getattr(importlib.import_module(case.module), case.name)(**case.settings))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # XLA compiles for minutes here, and the graph that it compiles is the same.
    model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=False)
    reached = _reached(model, inputs, labels, loss)
    moves = Moves()
    with whygrad.watch() as watched:
        model.fit(inputs, labels, batch_size=BATCH // 2, verbose=0, callbacks=[moves])

    report = watched.report
    assert report.steps == 2, report.notices
    assert not [f for f in report.findings if f.severity is Severity.ERROR], report
    paths = {variable.path for variable in model.trainable_variables}
    rows = [(path, row) for row in report.variables for path in paths & {row.name, *row.aliases}]
    told = Counter((path, row.gradient is not Gradient.NONE) for path, row in rows)
    assert told == Counter((v.path, gradient is not None) for v, gradient in reached)
    moving = Counter(v.path for place, (v, _) in enumerate(reached) if place in moves.moved)
    # Of a large one a sample is looked at, which within two steps may not tell.
    large = {v.path for v, _ in reached if math.prod(v.shape) > LARGE}
    seen = Counter(path for path, row in rows if row.moved)
    assert {p: n for p, n in moving.items() if p not in large} == {
        p: n for p, n in seen.items() if p not in large
    }
    for path, row in rows:
        assert row.registered and row.trainable and row.optimizer is not None, row
        if path in large:
            assert row.moved is None or row.moved == (path in moving), row
        else:
            assert row.moved is not None, row
        assert row.status is Status.TRAINS or not row.moved, row


def _reached(model: Any, inputs: Any, labels: Any, loss: Any) -> list[tuple[Any, Any]]:
    with tf.GradientTape() as tape:
        value = loss(labels, model(inputs, training=True))
    gradients = tape.gradient(value, model.trainable_variables)
    return list(zip(model.trainable_variables, gradients, strict=True))
