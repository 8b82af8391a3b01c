"""What is seen of traced functions: the cut and its line, through calls, branches and loops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder
keras = pytest.importorskip("keras")

import whygrad  # noqa: E402
from tests.tensorflow.tf_flow import Seen, see  # noqa: E402
from whygrad.backends.keras.inventory.measuring import UNMEASURED  # noqa: E402
from whygrad.backends.tensorflow.flow import Flow  # noqa: E402
from whygrad.backends.tensorflow.traced.runs import TracedRun  # noqa: E402
from whygrad.flow.graph import Barrier  # noqa: E402
from whygrad.model.report import Gradient, Status  # noqa: E402

LINES = Path(__file__).read_text().splitlines()


def line_of(mark: str) -> int:
    (found,) = [n for n, line in enumerate(LINES, 1) if line.endswith(f"# {mark}")]
    return found


def variables() -> dict[str, tf.Variable]:
    return {name: tf.Variable([1.0, 2.0]) for name in ("v", "w", "u")}


def inside(forward: Callable, **own) -> Seen:
    """The whole step is traced."""

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(forward(**own))
        return tape.gradient(loss, list(own.values()))

    return see(step, **own)


def outside(forward: Callable, **own) -> Seen:
    """The tape is outside of the function."""
    function = tf.function(lambda: forward(**own))

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(function())
        tape.gradient(loss, list(own.values()))

    return see(step, **own)


@tf.function
def gated(x, y):
    return x * tf.stop_gradient(y)  # in a function


def in_a_function(v, w, u):
    return gated(v * 1.0, w * 1.0) + gated(u * 1.0, u * 0.5)


def in_a_branch(v, w, u):
    y = v * u
    if tf.reduce_sum(y) > 0:
        y = y * tf.round(w)  # in a branch
    return y


def in_a_loop(v, w, u):
    y = v * u
    for _ in tf.range(3):
        y = y * tf.sign(w)  # in a loop
    return y


@tf.custom_gradient
def second_lost(a, b):
    return a * b, lambda upstream: (upstream, None)


def in_a_custom_gradient(v, w, u):
    return second_lost(v * u, w * 1.0)  # in a custom gradient


@pytest.mark.parametrize("way", [inside, outside])
@pytest.mark.parametrize(
    ("forward", "barrier"),
    [
        (in_a_function, Barrier.DETACHED),
        (in_a_branch, Barrier.NOT_DIFFERENTIABLE),
        (in_a_loop, Barrier.NOT_DIFFERENTIABLE),
        (in_a_custom_gradient, Barrier.CUSTOM_GRADIENT),
    ],
)
def test_cut_has_its_line(way, forward, barrier) -> None:
    seen = way(forward, **variables())
    assert seen.verdict("v") == seen.verdict("u") == "whole"
    assert seen.verdict("w") == "cut"
    for edge, op in seen.cuts("w"):
        assert edge.barrier is barrier
        assert op.place is not None
        assert op.place.path.endswith("test_traced.py")
        assert op.place.line == line_of(forward.__name__.replace("_", " "))


def shifted(v, w, u):
    start = u * 1.0
    carried = (tf.constant(0), start, start, start)
    body = lambda i, a, b, c: (i + 1, v * 1.0, a, b)  # noqa: E731
    return tf.while_loop(lambda i, *_: i < 3, body, carried)[3]


def test_a_loop_carries_as_far_as_it_goes_round() -> None:
    seen = inside(shifted, **variables())
    assert [seen.verdict(name) for name in "vwu"] == ["whole", "unused", "whole"]


def test_a_stop_inside_means_nothing_to_a_tape_outside() -> None:
    own = variables()
    tapes = []

    def forward(v, w, u):
        with tapes[-1].stop_recording():
            hidden = v * w
        return hidden + u

    function = tf.function(lambda: forward(**own))

    def step():
        with tf.GradientTape() as tape:
            tapes.append(tape)
            loss = tf.reduce_sum(function())
        assert None not in tape.gradient(loss, list(own.values()))

    seen = see(step, **own)
    assert [seen.verdict(name) for name in "vwu"] == ["whole"] * 3


def test_a_way_back_inside_is_recorded_by_a_tape_around_the_call() -> None:
    """A gradient penalty: the gradient of a gradient."""
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([3.0, 4.0])

    @tf.function
    def penalty():
        x = v * w  # the inner tape knows nothing of it
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(x * x)
        return tf.reduce_sum(tf.square(inner.gradient(y, x)))

    def step():
        with tf.GradientTape() as outer:
            loss = penalty()
        assert None not in outer.gradient(loss, [v, w])

    seen = see(step, last=True, v=v, w=w)
    assert seen.verdict("v") == seen.verdict("w") == "whole"


def test_every_call_and_every_trace_counts() -> None:
    own = variables()

    @tf.function
    def scaled(x, by):
        return x * (own["v"] if by == 1 else own["w"])

    def step():
        with tf.GradientTape() as tape:
            first = scaled(own["u"] * 1.0, 1)
            loss = tf.reduce_sum(tf.stop_gradient(scaled(first, 2)) + scaled(first, 1))
        tape.gradient(loss, list(own.values()))

    seen = see(step, **own)
    assert [seen.verdict(name) for name in "vwu"] == ["whole", "cut", "whole"]


def test_what_the_function_writes_is_read_after_it() -> None:
    own = variables()
    kept = tf.Variable([0.0, 0.0], trainable=False)

    @tf.function
    def keep():
        kept.assign(own["v"] * 2.0)  # kept
        return tf.constant(0.0)

    def step():
        with tf.GradientTape() as tape:
            keep()
            loss = tf.reduce_sum(kept * own["w"])
        tape.gradient(loss, list(own.values()))

    seen = see(step, **own)
    edge, op = seen.cut("v")
    assert edge.barrier is Barrier.REWRAPPED
    assert op.place is not None and op.place.line == line_of("kept")


# -- runs


def runs(step: Callable, times: int = 1) -> list[TracedRun]:
    found: list[TracedRun] = []
    flow = Flow()
    flow.traced.begins = found.append
    flow.install()
    try:
        flow.begin_step()
        for _ in range(times):
            step()
        flow.end_step()
    finally:
        flow.uninstall()
    assert flow.blind() == ()
    return found


def test_a_run_tells_the_gradients_that_it_has() -> None:
    v, w = tf.Variable(2.0), tf.Variable(3.0)
    seen = []

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = v * x * x + tf.stop_gradient(w)
        of_v, of_w = tape.gradient(loss, [v, w])
        v.assign_sub(of_v * 0.5)
        return of_v

    (run, later) = runs(lambda: seen.append(step(tf.constant(3.0))), times=2)
    for one in (run, later):
        (ask,) = one.asks
        assert ask.sources == (v, w)
        assert ask.results[1] is None
        assert ask.results[0].numpy() == 9.0
    assert seen[0].numpy() == 9.0
    assert v.numpy() == 2.0 - 9.0


def test_the_second_ask_sees_what_the_first_update_wrote() -> None:
    v = tf.Variable(2.0)

    @tf.function
    def step():
        for _ in range(2):
            with tf.GradientTape() as tape:
                loss = v * v
            v.assign_sub(0.25 * tape.gradient(loss, v))

    (run,) = runs(step)
    assert [float(ask.results[0]) for ask in run.asks] == [4.0, 2.0]
    assert v.numpy() == 0.5


def test_what_cannot_be_run_again_is_not_measured() -> None:
    v, calls = tf.Variable(2.0), []

    def note(x):
        calls.append(float(x))
        return x

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.py_function(note, [v * v], tf.float32) * v
        return tape.gradient(loss, v)

    (run,) = runs(step)
    assert run.asks[0].results == (UNMEASURED,)
    assert calls == [4.0]


def test_prints_once(capfd) -> None:
    v = tf.Variable(2.0)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            tf.print("once")
            loss = v * v
        return tape.gradient(loss, v)

    (run,) = runs(step)
    assert float(run.asks[0].results[0]) == 4.0
    assert capfd.readouterr().err.count("once") == 1


# -- fit


class Net(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.kept = keras.layers.Dense(4)
        self.cut = keras.layers.Dense(4)
        self.head = keras.layers.Dense(1)

    def call(self, x):
        return self.head(self.kept(x) + tf.stop_gradient(self.cut(x)))  # in call


def fitted(**settings) -> keras.Model:
    model = Net()
    model.compile("sgd", "mse", **settings)
    return model


def fit(model: keras.Model) -> None:
    x = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
    model.fit(x, x.sum(1, keepdims=True), batch_size=4, verbose=0)


def judged(report: whygrad.Report) -> None:
    (finding,) = report.findings
    assert finding.cause == "detached"
    assert finding.location is not None and finding.location.line == line_of("in call")
    status = {row.name.partition(".")[2]: row.status for row in report.variables}
    for part in ("kernel", "bias"):
        assert status[f"cut.{part}"] is Status.BROKEN
        assert status[f"kept.{part}"] is status[f"head.{part}"] is Status.TRAINS


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "settings",
    [{}, {"steps_per_execution": 2}, {"jit_compile": True}, {"run_eagerly": True}],
    ids=str,
)
def test_fit(settings) -> None:
    model = fitted(**settings)
    with whygrad.watch(model) as watched:
        fit(model)
    judged(watched.report)
    assert not watched.report.notices
    for row in watched.report.variables:
        assert row.gradient is Gradient.NONE or row.gradient_norm


@pytest.mark.filterwarnings("ignore")
def test_fit_that_was_traced_before() -> None:
    model = fitted()
    fit(model)
    with whygrad.watch(model) as watched:
        fit(model)
    judged(watched.report)
    assert any("traced before it was watched" in notice for notice in watched.report.notices)


def test_nothing_is_left_behind() -> None:
    graph = []

    @tf.function
    def step(x):
        graph.append(tf.compat.v1.get_default_graph())
        return x * 2.0

    see(lambda: step(tf.constant(1.0)))
    assert not [name for name in dir(graph[0]) if "whygrad" in name]
