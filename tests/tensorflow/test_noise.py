"""A gradient that is rounding error is measured until that is established, and no longer."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder

import keras
import tensorflow as tf

import whygrad
from whygrad.model.report import Report, Severity

pytestmark = [pytest.mark.newest, pytest.mark.filterwarnings("ignore")]


def observed(steps: int, scale_from: int | None = None) -> Report:
    """Attention whose keys have a bias; from a step on, its output also depends on that bias."""
    keras.utils.set_random_seed(0)
    keras.backend.clear_session()  # names begin anew
    tokens = keras.Input((6, 8))
    attention = keras.layers.MultiHeadAttention(2, 4)
    model = keras.Model(tokens, keras.layers.Dense(3)(attention(tokens, tokens)))
    optimizer, x = keras.optimizers.Adam(1e-3), tf.random.normal([4, 6, 8])
    (bias,) = (w for w in model.weights if w.path.endswith("key/bias"))
    with whygrad.watch(model, optimizer, steps=steps) as watched:
        for number in range(steps):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(x)))
                if scale_from is not None and number >= scale_from:
                    loss += tf.reduce_sum(tf.square(bias - 1.0))
            variables = model.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
    return watched.report


def noise_of(report: Report) -> list[Any]:
    (row,) = (row for row in report.variables if row.name.endswith("key_dense.bias"))
    return [step.noise for step in row.steps]


def test_two_steps_establish_it() -> None:
    report = observed(5)
    assert noise_of(report) == [True, True, None, None, None]
    (finding,) = report.findings
    assert (finding.cause, finding.severity) == ("constant-output", Severity.NOTE)
    (short,) = observed(2).findings
    assert (short.message, short.variables) == (finding.message, finding.variables)


def test_what_comes_later_and_is_larger_is_real() -> None:
    report = observed(4, scale_from=3)
    assert not report.findings
    assert not any(noise_of(report))
