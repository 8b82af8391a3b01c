"""Two steps of `fit` on real architectures: what is said of every variable is what TensorFlow says.

A plain tape tells who has a gradient, the weights themselves tell who moved. No error, for nothing
is wrong with them.
"""

from __future__ import annotations

import importlib
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
    """Who moved in any step: a tiny update may be taken back to the bit by the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: set[str] = set()
        self._before: dict[str, Any] = {}

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._before = {v.path: v.numpy() for v in self.model.trainable_variables}

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        for variable in self.model.trainable_variables:
            if not numpy.array_equal(self._before[variable.path], variable.numpy()):
                self.moved.add(variable.path)


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
    rows = {name: row for row in report.variables for name in (row.name, *row.aliases)}
    for variable in model.trainable_variables:
        row = rows[variable.path]
        moved = variable.path in moves.moved
        assert row.registered and row.trainable, row
        assert (row.gradient is not Gradient.NONE) == reached[variable.path], row
        assert row.moved is moved, row
        assert row.optimizer is not None, row
        if moved:
            assert row.status is Status.TRAINS, row
    told = {row.name for row in rows.values() if row.status is Status.TRAINS}
    assert len(told) == len(moves.moved)


def _reached(model: Any, inputs: Any, labels: Any, loss: Any) -> dict[str, bool]:
    with tf.GradientTape() as tape:
        value = loss(labels, model(inputs, training=True))
    gradients = tape.gradient(value, model.trainable_variables)
    pairs = zip(model.trainable_variables, gradients, strict=True)
    return {v.path: g is not None for v, g in pairs}
