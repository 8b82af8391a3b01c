"""The verdict from the flow graph is what the tape did, for random eager programs."""

from __future__ import annotations

import pytest

tf = pytest.importorskip("tensorflow", minversion="2")  # without one, it is this folder

from hypothesis import HealthCheck, assume, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from tests.tensorflow.property.programs import STEPS, WIDTH, ZERO_GRADIENT, run  # noqa: E402
from tests.tensorflow.tf_flow import Seen, see  # noqa: E402
from whygrad.flow.trace import Verdict  # noqa: E402

LEAVES = 3
steps = st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 5), st.integers(0, 5))
programs = st.lists(steps, min_size=1, max_size=7)


def leaves(seed: int = 7) -> list:
    made = tf.random.Generator.from_seed(seed)
    return [tf.Variable(made.normal([WIDTH], dtype=tf.float64)) for _ in range(LEAVES)]


@settings(
    max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(programs, st.integers(0, 3), st.sets(st.integers(0, LEAVES - 1)))
def test_verdict_equals_tape(program, late, watch) -> None:
    late = late if late < len(program) else 0
    try:
        plain = run(program, leaves(), late, tuple(watch))
    except (RuntimeError, LookupError, ValueError, TypeError, tf.errors.OpError):
        assume(False)
    variables = leaves()
    results: list = []

    def body() -> None:
        results.extend(run(program, variables, late, tuple(watch)))

    seen = see(body, last=True, **{f"v{n}": v for n, v in enumerate(variables)})
    for position, gradient in enumerate(results):
        same_as_plain(gradient, plain[position])
        holds(seen, f"v{position}", gradient)


def holds(seen: Seen, name: str, gradient) -> None:
    traced = seen.traced(name)
    if traced.verdict is Verdict.WHOLE:
        assert gradient is not None
    elif traced.verdict is Verdict.CUT and any(
        op.name in ZERO_GRADIENT for _, op in seen.cuts(name)
    ):
        assert gradient is None or not tf.reduce_any(tf.convert_to_tensor(gradient) != 0)
    else:
        assert gradient is None


def same_as_plain(seen, plain) -> None:
    assert (seen is None) == (plain is None)
    if seen is not None:
        a, b = tf.convert_to_tensor(seen), tf.convert_to_tensor(plain)
        assert a.numpy().tobytes() == b.numpy().tobytes()
