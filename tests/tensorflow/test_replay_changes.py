"""What each change does to a step of TensorFlow that is run again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder

from tests.tensorflow.tf_replay import Kept, opened  # noqa: E402
from whygrad.flow.graph import Barrier  # noqa: E402
from whygrad.flow.kinds import Kind  # noqa: E402
from whygrad.flow.replaying import Change, ChangeKind  # noqa: E402

pytestmark = pytest.mark.newest


def asked(loss_of: Any, *sources: Any) -> Any:
    """A step that asks a tape."""

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = loss_of()
        tape.gradient(loss, list(sources))

    return step


def test_open_lets_gradient_past_a_stop_gradient() -> None:
    w, scale = tf.Variable([1.0, 2.0]), tf.Variable([3.0, 4.0])
    kept = Kept(
        asked(lambda: tf.reduce_sum(tf.stop_gradient(w * 2.0) * scale), w, scale), w=w, scale=scale
    )
    assert kept.again()["w"] is None
    found = kept.gradients(opened(kept.cuts(Barrier.DETACHED, Barrier.GRAD_DISABLED)))
    np.testing.assert_allclose(found["w"], [6.0, 8.0])
    np.testing.assert_allclose(found["scale"], [2.0, 4.0])


def test_open_has_the_tape_see_what_ran_before_it() -> None:
    w = tf.Variable([1.0, 2.0])

    def step() -> None:
        h = w * 3.0
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(h * h)
        tape.gradient(loss, w)

    kept = Kept(step, w=w)
    assert kept.again()["w"] is None
    found = kept.gradients(opened(kept.cuts(Barrier.GRAD_DISABLED)))
    np.testing.assert_allclose(found["w"], 18.0 * np.array([1.0, 2.0]))


def test_open_watches_what_no_tape_watched() -> None:
    w = tf.Variable([1.0, 2.0])

    def step() -> None:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            loss = tf.reduce_sum(w**2)
        tape.gradient(loss, w)

    kept = Kept(step, w=w)
    assert kept.again()["w"] is None
    found = kept.gradients(opened(kept.cuts(Barrier.GRAD_DISABLED)))
    np.testing.assert_allclose(found["w"], [2.0, 4.0])


def test_open_links_what_came_back_from_numpy() -> None:
    w = tf.Variable([1.0, 2.0])
    kept = Kept(asked(lambda: tf.reduce_sum(tf.constant((w * 2.0).numpy()) ** 2), w), w=w)
    assert kept.again()["w"] is None
    found = kept.gradients(opened(kept.cuts(Barrier.LEFT_FRAMEWORK, Barrier.GRAD_DISABLED)))
    np.testing.assert_allclose(found["w"], [8.0, 16.0])


def test_open_goes_straight_through_a_rounding() -> None:
    w = tf.Variable([0.4, 1.7])
    kept = Kept(asked(lambda: tf.reduce_sum(tf.round(w) * [2.0, 3.0]), w), w=w)
    found = kept.gradients(opened(kept.cuts(Barrier.NOT_DIFFERENTIABLE)))
    np.testing.assert_allclose(found["w"], [2.0, 3.0])


def test_open_links_past_integers() -> None:
    w = tf.Variable([[0.1, 0.9], [2.0, 1.0]])

    def loss() -> Any:
        return tf.reduce_sum(tf.cast(tf.argmax(w, axis=1), tf.float32) ** 2)

    kept = Kept(asked(loss, w), w=w)
    assert kept.again()["w"] is None
    cuts = kept.cuts(Barrier.NOT_DIFFERENTIABLE, Barrier.INTEGER, Barrier.GRAD_DISABLED)
    assert (kept.again(opened(cuts))["w"] or 0.0) > 0.0


def test_ask_has_a_frozen_variable_watched() -> None:
    w = tf.Variable([1.0, 2.0], trainable=False)
    u = tf.Variable(1.0)
    kept = Kept(asked(lambda: tf.reduce_sum(w * w) * u, u), w=w, u=u)
    found = kept.gradients(Change(ChangeKind.ASK, values=(kept.value("w"),)))
    np.testing.assert_allclose(found["w"], [2.0, 4.0])


def test_revive_moves_the_units_of_a_relu() -> None:
    w, b = tf.Variable(tf.ones([2, 3])), tf.Variable([-9.0, -9.0, -9.0])
    x = tf.ones([4, 2])
    kept = Kept(asked(lambda: tf.reduce_sum(tf.nn.relu(x @ w + b)), w, b), w=w, b=b)
    assert kept.again() == {"w": 0.0, "b": 0.0}
    found = kept.again(Change(ChangeKind.REVIVE, edges=kept.of_kind(Kind.RECTIFIER)))
    assert found["w"] and found["b"]


def test_revive_fills_a_factor_of_zeros() -> None:
    w = tf.Variable([1.0, 2.0])
    kept = Kept(asked(lambda: tf.reduce_sum(w * tf.zeros([2])), w), w=w)
    edge = next(e for e in kept.into("multiply") if kept.program.places[e][1] == 0)
    found = kept.gradients(Change(ChangeKind.REVIVE, edges=(edge,)))
    np.testing.assert_allclose(found["w"], [1.0, 1.0])


def test_bypass_hands_on_what_arrives() -> None:
    w = tf.Variable([[1.0], [2.0]])
    weights = tf.constant([[3.0], [4.0]])
    kept = Kept(asked(lambda: tf.reduce_sum(tf.nn.softmax(w) * weights), w), w=w)
    assert kept.again()["w"] == 0.0
    found = kept.gradients(Change(ChangeKind.BYPASS, edges=kept.of_kind(Kind.SOFTMAX)))
    np.testing.assert_allclose(found["w"], [[3.0], [4.0]])


@pytest.mark.parametrize(
    ("start", "loss_of"),
    [
        ([0.0, 4.0], lambda w: tf.reduce_sum(tf.sqrt(w))),
        ([0.0, 4.0], lambda w: tf.reduce_sum(tf.math.log(w))),
        ([0.0, 4.0], lambda w: tf.reduce_sum(1.0 / w)),
        ([1.0, 0.5], lambda w: tf.reduce_sum(tf.acos(w))),
        ([200.0, 1.0], lambda w: tf.reduce_sum(tf.exp(w))),
    ],
)
def test_safe_keeps_operands_off_the_edge(start: list[float], loss_of: Any) -> None:
    w = tf.Variable(start)
    kept = Kept(asked(lambda: loss_of(w), w), w=w)
    assert not np.isfinite(kept.again()["w"])
    edges = tuple(range(len(kept.graph.sources)))
    assert np.isfinite(kept.again(Change(ChangeKind.SAFE, edges=edges))["w"])


def test_shift_is_noticed_by_what_depends_on_it() -> None:
    w, idle = tf.Variable([1.0, 2.0]), tf.Variable([1.0])
    kept = Kept(asked(lambda: (tf.reduce_sum(w), idle * 2.0)[0], w), w=w, idle=idle)
    (before,) = kept.losses()
    (after,) = kept.losses(Change(ChangeKind.SHIFT, values=(kept.value("w"),)))
    (same,) = kept.losses(Change(ChangeKind.SHIFT, values=(kept.value("idle"),)))
    assert before == 3.0
    assert after != before
    assert same == before


def test_widen_finds_what_half_precision_loses() -> None:
    w = tf.Variable([1.0, 2.0])

    def loss() -> Any:
        small = tf.cast(w, tf.float16) * tf.constant(1e-4, tf.float16)
        return tf.reduce_sum(tf.cast(small * tf.constant(1e-4, tf.float16), tf.float32))

    kept = Kept(asked(loss, w), w=w)
    assert kept.again()["w"] == 0.0
    wide = kept.gradients(Change(ChangeKind.WIDEN))["w"]
    np.testing.assert_allclose(wide, [1e-8, 1e-8], rtol=1e-2)
