"""The verdict from the flow graph is what autograd did, for random programs."""

from __future__ import annotations

import warnings

import pytest

torch = pytest.importorskip("torch")

from hypothesis import HealthCheck, assume, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from tests.property.programs import STEPS, WIDTH, ZERO_GRADIENT, run  # noqa: E402
from whygrad.backends.torch.flow import Flow  # noqa: E402
from whygrad.flow.graph import FlowGraph  # noqa: E402
from whygrad.flow.trace import Traced, Verdict, trace  # noqa: E402

LEAVES = 3
programs = st.lists(
    st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 5), st.integers(0, 5)),
    min_size=1,
    max_size=7,
)


def leaves(seed: int = 7) -> list[torch.Tensor]:
    made = torch.Generator().manual_seed(seed)
    return [
        torch.randn(WIDTH, generator=made, dtype=torch.float64).requires_grad_()
        for _ in range(LEAVES)
    ]


def observed(program, variables) -> tuple[FlowGraph, list[Traced | None]]:
    flow = Flow()
    flow.install()
    try:
        flow.begin_step()
        loss = run(program, variables)
        flow.mark_loss(loss)
        flow.pause()
        if loss.requires_grad:
            loss.backward()
        flow.resume()
        graph = flow.end_step()
        values = [flow.value_of(v) for v in variables]
    finally:
        flow.uninstall()
    assert flow.blind() == ()
    traced = trace(graph, [v for v in values if v is not None])
    return graph, [None if v is None else traced[v] for v in values]


@settings(
    max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(programs)
def test_verdict_equals_autograd(program) -> None:
    warnings.simplefilter("ignore")
    variables = leaves()
    try:
        graph, verdicts = observed(program, variables)
    except RuntimeError:
        with pytest.raises(RuntimeError):  # the program's own fault, observed or not
            plain = run(program, leaves())
            plain.backward()
        assume(False)
    plain = leaves()
    loss = run(program, plain)
    if loss.requires_grad:
        loss.backward()
    for position, (variable, traced) in enumerate(zip(variables, verdicts, strict=True)):
        same_as_plain(variable.grad, plain[position].grad)
        verdict = Verdict.UNUSED if traced is None else traced.verdict
        if verdict is Verdict.WHOLE:
            assert variable.grad is not None
        elif verdict is Verdict.CUT and not zero_by_nature(graph, traced):
            assert variable.grad is None
        elif variable.grad is not None:
            assert not variable.grad.any()
        if verdict is Verdict.UNUSED:
            assert_no_influence(program, position)


def same_as_plain(seen, plain) -> None:
    assert (seen is None) == (plain is None)
    if seen is not None:
        assert torch.equal(seen, plain)


def zero_by_nature(graph: FlowGraph, traced: Traced) -> bool:
    return any(graph.ops[graph.edge_ops[e]].name in ZERO_GRADIENT for e in traced.front)


def assert_no_influence(program, position: int) -> None:
    before = run(program, leaves())
    for change in (0.3, -1.7, 40.0):
        changed = leaves()
        with torch.no_grad():
            changed[position].mul_(-change).add_(change)
        assert torch.equal(before, run(program, changed))
