"""The public calls over models of TensorFlow and Keras, and the answers to Keras' messages."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder

import keras
import tensorflow as tf

import whygrad

pytestmark = pytest.mark.filterwarnings("ignore")


class Scaled(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(4)
        self.gamma = tf.Variable(tf.ones([4]))

    def call(self, x: Any) -> Any:
        return self.dense(x) * self.gamma


class Cut(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.first = keras.layers.Dense(4)
        self.last = keras.layers.Dense(1)

    def call(self, x: Any) -> Any:
        return self.last(tf.stop_gradient(self.first(x)))


def stepping(model: Any, optimizer: Any) -> Callable[[], None]:
    keras.utils.set_random_seed(0)
    x = tf.random.normal([8, 3])

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x) ** 2)
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

    return step


def test_a_watched_block() -> None:
    model, optimizer = Scaled(), keras.optimizers.Adam(1e-2)
    step = stepping(model, optimizer)
    with whygrad.watch() as watched:
        for _ in range(3):
            step()
    # Models of other tests may live on, and are idle: that is a note.
    (finding,) = watched.report.errors
    assert (finding.cause, finding.variables) == ("unregistered-tensor", ("model.gamma",))
    assert watched.report.steps == 3
    assert set(watched.report.frameworks) == {"tensorflow", "keras"}


def test_assert_trains_raises_and_passes() -> None:
    bad = Scaled()
    with pytest.raises(whygrad.NotTrainingError, match="bad.gamma"):
        whygrad.assert_trains(bad, stepping(bad, keras.optimizers.Adam(1e-2)))
    good = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])
    report = whygrad.assert_trains(good, stepping(good, keras.optimizers.SGD(0.1)))
    assert {row.status.value for row in report.variables} == {"trains"}
    assert report.steps == 2


def test_explain_says_what_it_cannot_know() -> None:
    model = Scaled()
    model(tf.ones([2, 3]))
    report = whygrad.explain(model, optimizer=keras.optimizers.Adam())
    assert not report.findings
    assert any("keeps neither gradients nor" in notice for notice in report.notices)
    assert {row.name: row.registered for row in report.variables}["model.gamma"] is False


@pytest.mark.newest  # Keras 3.3 warns of variables by their names without the layer's
def test_a_message_is_answered_for_its_variables() -> None:
    model, optimizer = Cut(), keras.optimizers.SGD(0.1)
    step = stepping(model, optimizer)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with whygrad.watch(model, optimizer) as watched:
            step()
            step()
    answers = [n for n in watched.report.notices if "Gradients do not exist" in n]
    assert len(answers) == 1
    assert (
        "`model.first.kernel` and `model.first.bias` get none because of `detached`" in answers[0]
    )


def test_a_function_that_cannot_be_traced_is_judged() -> None:
    model = Cut()
    model.compile("sgd", lambda y, p: tf.reduce_mean(tf.cast(p > 0, tf.float32)))
    with pytest.raises(ValueError, match="No gradients provided"), whygrad.watch(model) as watched:
        model.fit(tf.ones([8, 3]), tf.ones([8, 1]), verbose=0)
    causes = {finding.cause for finding in watched.report.findings}
    assert "non-differentiable-op" in causes
