"""An observed step of TensorFlow that is run again gives what it gave, in a graph and eagerly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder

from tests.tensorflow.tf_replay import Kept  # noqa: E402
from whygrad.flow.replaying import CannotReplayError  # noqa: E402

pytestmark = pytest.mark.newest

Step = Callable[[], Any]


@pytest.fixture(params=["eager", "graph"])
def traced(request: pytest.FixtureRequest) -> Callable[[Step], Step]:
    """Runs a step as it is, or as a traced function."""
    return tf.function if request.param == "graph" else lambda step: step


@pytest.fixture(autouse=True)
def seeded() -> None:
    tf.random.set_seed(0)


def same(kept: Kept, **expected: Any) -> None:
    """The gradients are what the person's tape gave."""
    found = kept.gradients()
    for name, gradient in expected.items():
        if gradient is None:
            assert found[name] is None, name
        else:
            wanted = tf.convert_to_tensor(gradient).numpy()
            np.testing.assert_allclose(found[name], wanted, rtol=1e-4, atol=1e-6, err_msg=name)


def test_layers_lookups_and_losses(traced: Callable[[Step], Step]) -> None:
    table = tf.Variable(tf.random.normal([6, 4]))
    w, b = tf.Variable(tf.random.normal([4, 3])), tf.Variable(tf.zeros([3]))
    labels = tf.constant([0, 2, 1])
    got: list[Any] = []

    @traced
    def step() -> Any:
        with tf.GradientTape() as tape:
            h = tf.nn.embedding_lookup(table, [1, 2, 1])
            scores = tf.nn.silu(h @ w) + b
            found = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
            loss = tf.reduce_mean(found)
        return tape.gradient(loss, [table, w, b])

    kept = Kept(lambda: got.extend(step()), table=table, w=w, b=b)
    same(kept, table=got[0], w=got[1], b=got[2])


def test_what_is_cut_stays_cut(traced: Callable[[Step], Step]) -> None:
    a, b = tf.Variable([1.0, 2.0]), tf.Variable([3.0, 4.0])
    got: list[Any] = []

    @traced
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.stop_gradient(a) * b)
        return tape.gradient(loss, b)

    kept = Kept(lambda: got.append(step()), a=a, b=b)
    same(kept, a=None, b=got[0])


def test_an_own_gradient(traced: Callable[[Step], Step]) -> None:
    w = tf.Variable([0.3, -1.2, 2.0])
    got: list[Any] = []

    @tf.custom_gradient
    def sign(x: Any) -> Any:
        width = tf.abs(x) + 1.0
        return tf.sign(x), lambda up: up / width

    @traced
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(sign(w * 2.0) * [1.0, 2.0, 3.0])
        return tape.gradient(loss, w)

    kept = Kept(lambda: got.append(step()), w=w)
    assert np.linalg.norm(got[0]) > 0.1
    same(kept, w=got[0])


def test_dropout_drops_the_same() -> None:
    w = tf.Variable(tf.random.normal([4, 6]))
    x = tf.random.normal([5, 4])
    got: list[Any] = []

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.nn.dropout(x @ w, 0.5) ** 2)
        got.append(tape.gradient(loss, w))

    same(Kept(step, w=w), w=got[0])


def test_random_numbers_in_a_graph_are_a_reason() -> None:
    w = tf.Variable(tf.random.normal([4]))

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w * tf.random.normal([4]))
        return tape.gradient(loss, w)

    with pytest.raises(CannotReplayError, match="traced function"):
        Kept(step, w=w).gradients()


def test_two_tapes_are_kept_apart() -> None:
    maker, critic = tf.Variable([0.5, -0.5]), tf.Variable([2.0, 1.0])
    got: list[Any] = []

    def step() -> None:
        with tf.GradientTape() as mine, tf.GradientTape() as yours:
            fake = maker * [1.0, 2.0]
            mine_loss = tf.reduce_sum(fake * critic)
            yours_loss = tf.reduce_sum((fake - 1.0) * critic**2)
        got.append(mine.gradient(mine_loss, maker))
        got.append(yours.gradient(yours_loss, critic))

    same(Kept(step, maker=maker, critic=critic), maker=got[0], critic=got[1])


def test_gradients_of_gradients() -> None:
    w = tf.Variable([1.0, 2.0])
    got: list[Any] = []

    def step() -> None:
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                y = tf.reduce_sum(w**3)
            slope = inner.gradient(y, w)
            loss = tf.reduce_sum(slope**2)
        got.append(outer.gradient(loss, w))

    kept = Kept(step, w=w)
    # Both asks were for `w`; the first is told, as it is where it is observed.
    np.testing.assert_allclose(kept.gradients()["w"], 3.0 * np.square([1.0, 2.0]), rtol=1e-5)
    del kept.program.asks[0]
    same(kept, w=got[0])


def test_a_variable_that_is_written_on_the_way() -> None:
    w, state = tf.Variable(2.0), tf.Variable(1.0)
    got: list[Any] = []

    def step() -> None:
        with tf.GradientTape() as tape:
            state.assign_add(3.0)
            loss = w * state * state
        got.extend(tape.gradient(loss, [w, state]))

    kept = Kept(step, w=w, state=state)
    state.assign(100.0)
    kept.program.pinned[kept.value("state")] = tf.constant(1.0)
    same(kept, w=got[0], state=got[1])


def test_weights_are_those_of_before_the_update() -> None:
    w = tf.Variable([1.0, 2.0])
    got: list[Any] = []
    kept: list[Kept] = []

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w**3)
        got.append(tape.gradient(loss, w))

    kept.append(Kept(step, w=w))
    flow = kept[0].seen.flow
    flow.pin()
    program = flow.program()
    w.assign([50.0, 60.0])
    kept[0].program = program
    same(kept[0], w=got[0])
    assert not program.moved()


def test_output_gradients_count() -> None:
    w = tf.Variable([1.0, 2.0])
    got: list[Any] = []

    def step() -> None:
        with tf.GradientTape() as tape:
            y = w**2
        got.append(tape.gradient(y, w, output_gradients=tf.constant([3.0, 0.0])))

    same(Kept(step, w=w), w=got[0])


def test_nothing_of_it_is_seen() -> None:
    """No random number is drawn, no tape of the person's sees it, no variable is written on."""
    w = tf.Variable([1.0, 2.0])

    def step() -> None:
        with tf.GradientTape() as tape:
            w.assign_add([1.0, 1.0])
            loss = tf.reduce_sum(w**2)
        tape.gradient(loss, w)

    kept = Kept(step, w=w)
    tf.random.set_seed(7)
    plain = tf.random.normal([2]).numpy()
    tf.random.set_seed(7)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(w)
        kept.gradients()
    assert tape.watched_variables() == (w,)
    np.testing.assert_array_equal(tf.random.normal([2]).numpy(), plain)
    np.testing.assert_array_equal(w.numpy(), [2.0, 3.0])
