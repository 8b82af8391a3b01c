"""The same of traced programs: in a function, in functions of it, in branches and in loops."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import pytest

tf = pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder

from hypothesis import HealthCheck, assume, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from tests.tensorflow.property.programs import STEPS, WIDTH, _tapes  # noqa: E402
from tests.tensorflow.property.test_flow_equals_tape import (  # noqa: E402
    LEAVES,
    leaves,
    same_as_plain,
)
from tests.tensorflow.tf_flow import Seen, see  # noqa: E402
from whygrad.flow.trace import Verdict  # noqa: E402

FAILURES = (
    RuntimeError, LookupError, ValueError, TypeError, AttributeError, NotImplementedError,
    tf.errors.OpError,
)  # fmt: skip


def traced(body: Callable) -> Callable:
    return tf.function(body, autograph=False)


def works(step: Callable) -> bool:
    """Whether TensorFlow traces it at all: many need numbers that only an eager run has."""
    a, b = leaves()[:2]
    try:
        traced(lambda: loss_and_gradients(lambda: step(a * 1.0, b * 1.0), [a, b]))()
        looped = lambda: in_a_loop(step, step, a * 1.0, b * 1.0)  # noqa: E731
        traced(lambda: loss_and_gradients(looped, [a, b]))()
    except FAILURES:
        return False
    return True


def loss_and_gradients(body: Callable, variables: Sequence) -> list:
    with tf.GradientTape() as tape:
        _tapes.append(tape)
        try:
            loss = tf.reduce_sum(body())
        finally:
            _tapes.pop()
    return tape.gradient(loss, list(variables))


@functools.cache
def steps() -> list[Callable]:
    return [step for step in STEPS if works(step)]


def plain(step: Callable, other: Callable, a, b):
    return step(a, b)


def in_a_function(step: Callable, other: Callable, a, b):
    return traced(step)(a, b)


def in_a_branch(step: Callable, other: Callable, a, b):
    return tf.cond(tf.reduce_sum(a) > 0, lambda: shaped(step(a, b)), lambda: shaped(other(b, a)))


def in_a_loop(step: Callable, other: Callable, a, b):
    def body(i, x, y):
        return i + 1, shaped(step(x, b)), y

    return tf.while_loop(lambda i, *_: i < 2, body, (tf.constant(0), a + 0.0, b + 0.0))[1]


def in_a_shifting_loop(step: Callable, other: Callable, a, b):
    def body(i, x, y, z):
        return i + 1, shaped(step(a, b)), x, y

    start = (tf.constant(0), a + 0.0, a + 0.0, b + 0.0)
    return tf.while_loop(lambda i, *_: i < 3, body, start)[3]


def in_a_function_with_two_results(step: Callable, other: Callable, a, b):
    return traced(lambda: (step(a, b), other(a, b)))()[0]


def shaped(value):
    return tf.ensure_shape(value, [WIDTH])


WAYS = (
    plain, plain, in_a_function, in_a_branch, in_a_loop, in_a_shifting_loop,
    in_a_function_with_two_results,
)  # fmt: skip
numbers = st.integers(0, 999)
one = st.tuples(numbers, numbers, st.integers(0, len(WAYS) - 1), numbers, numbers)


def forward(program: Sequence[tuple[int, int, int, int, int]], variables: Sequence):
    pool = list(variables)
    known = steps()
    for first, second, way, left, right in program:
        step, other = known[first % len(known)], known[second % len(known)]
        a, b = pool[-1 - left % len(pool)], pool[-1 - right % len(pool)]
        pool.append(shaped(WAYS[way](step, other, tf.identity(a), tf.identity(b))))
    return pool[-1] + tf.square(pool[-2])


def inside(program, variables) -> Callable:
    """The whole step is traced."""
    return traced(lambda: loss_and_gradients(lambda: forward(program, variables), variables))


def outside(program, variables) -> Callable:
    """The tape is outside; what is traced is the forward pass."""
    function = traced(lambda: forward(program, variables))
    return lambda: loss_and_gradients(function, variables)


@pytest.mark.parametrize("way", [inside, outside])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(program=st.lists(one, min_size=1, max_size=5))
def test_verdict_equals_tape(way, program) -> None:
    try:
        expected = way(program, leaves())()
    except FAILURES:
        assume(False)
    variables = leaves()
    step = way(program, variables)
    results: list = []
    names = {f"v{n}": v for n, v in enumerate(variables)}
    seen = see(lambda: results.extend(step()), last=True, **names)
    assert len(results) == LEAVES
    for position, gradient in enumerate(results):
        same_as_plain(gradient, expected[position])
        holds(seen, f"v{position}", gradient)


def holds(seen: Seen, name: str, gradient) -> None:
    """TensorFlow's functions, branches and loops answer zeros where an op would answer None."""
    if seen.traced(name).verdict is Verdict.WHOLE:
        assert gradient is not None
    else:
        assert gradient is None or not tf.reduce_any(tf.convert_to_tensor(gradient) != 0)


def test_most_steps_are_traced() -> None:
    assert len(steps()) > len(STEPS) // 2
