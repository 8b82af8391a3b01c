"""What is measured of a TensorFlow step in which variables look sick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

tf = pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder

from tests.tensorflow.tf_replay import Kept  # noqa: E402
from whygrad.backends.tensorflow.probing.probe import probe  # noqa: E402
from whygrad.flow.death import Death, How, deaths  # noqa: E402
from whygrad.flow.probe import Probe  # noqa: E402
from whygrad.model.report import Gradient  # noqa: E402

pytestmark = pytest.mark.newest


@pytest.fixture(autouse=True)
def seeded() -> None:
    tf.random.set_seed(0)


def measured(
    loss_of: Callable[[], Any], sick: dict[str, Gradient], *, graph: bool = False, **variables: Any
) -> tuple[Kept, Probe]:
    """A step that asks for all of the variables, probed for those that are sick."""

    def step() -> None:
        with tf.GradientTape() as tape:
            loss = loss_of()
        tape.gradient(loss, list(variables.values()))

    kept = Kept(tf.function(step) if graph else step, **variables)
    found = probe(kept.program, {kept.value(name): kind for name, kind in sick.items()})
    assert found.failed is None
    return kept, found


def death(kept: Kept, found: Probe, name: str) -> Death:
    value = kept.value(name)
    (one,) = deaths(kept.graph, found, [value])[value]
    return one


def op(kept: Kept, one: Death) -> str:
    return str(kept.graph.ops[kept.graph.edge_ops[one.edge]].name)


@pytest.mark.parametrize("graph", [False, True])
def test_a_dead_rectifier_with_its_units_and_numbers(graph: bool) -> None:
    w, x = tf.Variable(tf.random.normal([4, 3])), tf.random.normal([8, 4])
    kept, found = measured(
        lambda: tf.reduce_mean(tf.nn.relu(x @ w - 100.0)), {"w": Gradient.ZERO}, graph=graph, w=w
    )
    one = death(kept, found, "w")
    assert (op(kept, one), one.how, one.passed) == ("tf.nn.relu", How.ZERO, 0.0)
    assert one.arrived > 0
    numbers = found.numbers[kept.graph.sources[one.edge]]
    assert (numbers.count, numbers.positive) == (24, 0)
    assert numbers.high < -90
    assert found.units[kept.graph.edge_ops[one.edge]].dead == b"\1\1\1"


def test_units_that_are_alive_are_told_apart() -> None:
    w, b = tf.Variable(tf.ones([2, 3])), tf.Variable([-99.0, 1.0, -99.0])
    kept, found = measured(
        lambda: tf.reduce_sum(tf.nn.relu(tf.ones([5, 2]) @ w + b)[:, ::2]), {"w": Gradient.ZERO},
        w=w, b=b,
    )  # fmt: skip
    (units,) = found.units.values()
    assert units.dead == b"\1\0\1"


@pytest.mark.parametrize(
    ("loss_of", "name"),
    [
        (lambda h: tf.reduce_sum(h * tf.zeros([8, 3])), "multiply"),
        (lambda h: tf.reduce_sum(tf.sigmoid(h + 1000.0)), "tf.sigmoid"),
        (lambda h: tf.reduce_sum(tf.tanh(h + 1000.0)), "tf.tanh"),
        (lambda h: tf.reduce_sum(tf.clip_by_value(h, 50.0, 60.0)), "tf.maximum"),
        (lambda h: tf.reduce_sum(tf.where(h > 99.0, h, 0.0)), "tf.where"),
        (lambda h: tf.reduce_sum(tf.maximum(h, 99.0)), "tf.maximum"),
        (lambda h: tf.reduce_sum(tf.nn.softmax(h[:, :1]) * 2.0), "tf.nn.softmax"),
    ],
)
def test_where_gradient_dies(loss_of: Callable[[Any], Any], name: str) -> None:
    w, x = tf.Variable(tf.random.normal([4, 3])), tf.random.normal([8, 4])
    kept, found = measured(lambda: loss_of(x @ w), {"w": Gradient.ZERO}, w=w)
    one = death(kept, found, "w")
    assert op(kept, one) == name
    assert one.arrived > 0
    assert one.passed == 0.0


def test_an_axis_of_one_entry() -> None:
    w = tf.Variable(tf.random.normal([4, 1]))
    kept, found = measured(
        lambda: tf.reduce_sum(tf.nn.softmax(tf.ones([3, 4]) @ w) * 2.0), {"w": Gradient.ZERO}, w=w
    )
    assert found.axis[kept.graph.edge_ops[death(kept, found, "w").edge]] == 1


def test_ways_that_cancel() -> None:
    w = tf.Variable([1.0, 2.0])
    kept, found = measured(lambda: tf.reduce_sum(w * 3.0 - w * 3.0), {"w": Gradient.ZERO}, w=w)
    assert death(kept, found, "w").how is How.CANCELLED


def test_rounding_error_is_noise() -> None:
    w, b = tf.Variable(tf.random.normal([4, 3])), tf.Variable(tf.random.normal([3]))
    x = tf.random.normal([16, 4])
    target = tf.random.normal([16, 3])

    def loss() -> Any:
        h = x @ w + b
        h = h - tf.reduce_mean(h, axis=0)  # takes no notice of `b`
        return tf.reduce_mean((h / tf.sqrt(tf.reduce_mean(h**2, axis=0) + 1e-3) - target) ** 2)

    kept, found = measured(loss, {"b": Gradient.FINITE}, w=w, b=b)
    one = death(kept, found, "b")
    assert one.how in (How.NOISE, How.CANCELLED)
    assert one.symmetric


def test_a_small_gradient_that_is_real_is_no_noise() -> None:
    w, u = tf.Variable([1.0, 2.0]), tf.Variable([1.0, 2.0])
    kept, found = measured(lambda: tf.reduce_sum(w * 1e-9 + u), {"w": Gradient.FINITE}, w=w, u=u)
    assert deaths(kept.graph, found, [kept.value("w")]) == {}


def test_only_the_asks_for_a_variable_count() -> None:
    """A critic passes gradient on in the maker's loss, and gets none in its own."""
    maker, critic = tf.Variable([0.5, -0.5]), tf.Variable([2.0, 1.0])

    def step() -> None:
        with tf.GradientTape() as mine, tf.GradientTape() as yours:
            fake = maker * [1.0, 2.0]
            mine_loss = tf.reduce_sum(fake * critic)
            yours_loss = tf.reduce_sum(tf.nn.relu(critic - 100.0))
        mine.gradient(mine_loss, [maker])
        yours.gradient(yours_loss, [critic])

    kept = Kept(step, maker=maker, critic=critic)
    found = probe(kept.program, {kept.value("critic"): Gradient.ZERO})
    assert op(kept, death(kept, found, "critic")) == "tf.nn.relu"


@pytest.mark.parametrize("graph", [False, True])
def test_the_first_nan_on_the_way_there(graph: bool) -> None:
    w = tf.Variable([0.0, 4.0])
    kept, found = measured(
        lambda: tf.reduce_sum(tf.math.log(w * 2.0) * 3.0), {"w": Gradient.NAN}, graph=graph, w=w
    )
    assert found.bad is not None
    assert not found.bad.backward
    assert kept.graph.ops[found.bad.op].name == "tf.log"
    assert (found.bad.infs, found.bad.count, found.bad.samples) == (1, 2, (0.0,))


def test_the_first_nan_on_the_way_back() -> None:
    w = tf.Variable([0.0, 4.0])
    kept, found = measured(lambda: tf.reduce_sum(tf.sqrt(w * 2.0) * 3.0), {"w": Gradient.INF}, w=w)
    assert found.bad is not None
    assert found.bad.backward
    assert kept.graph.ops[found.bad.op].name == "tf.sqrt"
    assert found.bad.samples == (0.0,)


def test_nan_in_the_data() -> None:
    w, x = tf.Variable([1.0, 4.0]), tf.constant([float("nan"), 1.0])
    _, found = measured(lambda: tf.reduce_sum(w * x), {"w": Gradient.NAN}, w=w)
    assert found.bad is not None
    assert found.bad.data


def test_what_half_precision_flushes() -> None:
    w = tf.Variable([1.0, 2.0])

    def loss() -> Any:
        small = tf.cast(w, tf.float16) * tf.constant(1e-4, tf.float16)
        return tf.reduce_sum(tf.cast(small * tf.constant(1e-4, tf.float16), tf.float32))

    kept, found = measured(loss, {"w": Gradient.ZERO}, w=w)
    assert list(found.flushed.values()).count(1.0) > 0
    assert found.wider[kept.value("w")] == pytest.approx(1.41e-8, rel=0.05)
