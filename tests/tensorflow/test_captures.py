"""An eager tensor that a traced function reads is the same value inside of it, however small.

TensorFlow puts a tensor of up to 128 numbers into a function's graph as a constant.
"""

from __future__ import annotations

import pytest

tf = pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder
pytest.importorskip("keras")

from tests.tensorflow.tf_flow import Seen  # noqa: E402
from whygrad.backends.tensorflow.flow import Flow  # noqa: E402


@tf.function
def scaled(x, by):
    return x * by


def as_argument(v, by):
    return scaled(v, by)


def in_a_function(v, by):
    return tf.function(lambda: v * by)()


def in_a_branch(v, by):
    return v * by if tf.reduce_sum(v) > 0 else v - by


def in_a_loop(v, by):
    y = v * 1.0
    for _ in tf.range(3):
        y = y * by
    return y


def inside(forward, v, by):
    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(forward(v, by))
        return tape.gradient(loss, [v])

    return step


def outside(forward, v, by):
    function = tf.function(lambda: forward(v, by))

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(function())
        return tape.gradient(loss, [v])

    return step


@pytest.mark.parametrize("size", [2, 129])
@pytest.mark.parametrize("way", [inside, outside])
@pytest.mark.parametrize("forward", [as_argument, in_a_function, in_a_branch, in_a_loop])
def test_what_is_captured_reaches_the_loss(forward, way, size) -> None:
    v, by, other = tf.Variable(tf.ones([size])), tf.ones([size]) * 0.5, tf.ones([size]) * 0.5
    step = way(forward, v, by)
    flow = Flow()
    flow.install()
    try:
        for _ in range(2):  # the first one traces it
            flow.begin_step()
            step()
            seen = Seen(flow, flow.end_step(), {"v": v, "by": by, "other": other}, ())
            assert seen.verdict("by") == "whole"
            assert seen.verdict("v") == "whole"
            assert seen.verdict("other") == "unused"  # the same numbers, another tensor
    finally:
        flow.uninstall()
