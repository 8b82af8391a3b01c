"""A replay without changes gives the gradients that autograd gave, for random programs."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

from hypothesis import HealthCheck, assume, given, settings  # noqa: E402

from tests.backends.replayed import assert_same, keep  # noqa: E402
from tests.property.programs import run  # noqa: E402
from tests.property.test_flow_equals_autograd import leaves, programs  # noqa: E402
from whygrad.flow.replaying import CannotReplayError  # noqa: E402


@settings(
    max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(programs)
def test_replay_equals_autograd(program) -> None:
    warnings.simplefilter("ignore")
    variables = leaves()
    try:
        kept = keep(lambda: run(program, variables), variables)
    except RuntimeError:
        assume(False)  # the program's own fault
    try:
        # A reentrant checkpoint adds up the same gradients in another order.
        assert_same(kept, variables, rounding=1e-12)
    except CannotReplayError as error:
        assert "a transform of torch.func" in str(error)
