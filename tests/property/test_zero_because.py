"""Where the walk says that gradient died, random gradient fed behind the place gets through; and
of a variable that gets real gradient it says nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import pytest

torch = pytest.importorskip("torch")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from tests.property import ways_to_zero as ways  # noqa: E402
from whygrad.backends.torch.flow import Flow  # noqa: E402
from whygrad.backends.torch.gradients import measure  # noqa: E402
from whygrad.backends.torch.loop import Asked  # noqa: E402
from whygrad.backends.torch.probing.probe import probe  # noqa: E402
from whygrad.flow.death import Death, deaths  # noqa: E402
from whygrad.flow.graph import FlowGraph  # noqa: E402
from whygrad.flow.trace import Verdict, trace  # noqa: E402

programs = st.tuples(
    st.lists(
        st.tuples(st.integers(0, len(ways.STEPS) - 1), st.integers(0, 5), st.integers(0, 5)),
        min_size=1,
        max_size=7,
    ),
    st.integers(0, len(ways.LOSSES) - 1),
)

REAL = 1e-4
"""Beside the largest gradient of the program; rounding error of so few numbers lies far below."""


class Seen:
    """One run under the flow, probed for all variables."""

    def __init__(self, program: ways.Program, loss_of: int = -1) -> None:
        """The loss is a random sum of the tensor at `loss_of`, if that is not the loss itself."""
        flow = Flow()
        flow.install()
        self.variables = ways.leaves()
        try:
            flow.begin_step()
            self.tensors = ways.run(program, self.variables, ways.given())
            self.loss = self.tensors[loss_of]
            if loss_of != -1:
                self.loss = behind(self.loss)
            flow.differentiates(Asked((self.loss,), None, True, (None,)))
            flow.pause()
            self.loss.backward(retain_graph=True)
            flow.resume()
            self.graph, values = flow.so_far(self.variables)
            found = measure([variable.grad for variable in self.variables])
            # Only what a whole way leads to is ever asked about, as in a real run.
            traced = trace(self.graph, [v for v in values if v is not None])
            whole = {v for v, t in traced.items() if t.verdict is Verdict.WHOLE}
            self.values = [v if v in whole else None for v in values]
            pairs = zip(self.values, found, strict=True)
            sick = {v: one.kind for v, one in pairs if v is not None}
            self.probe = probe(flow.program(), self.graph, sick)
            self.numbers = {flow.value_of(t): n for n, t in enumerate(self.tensors)}
        finally:
            flow.uninstall()
        assert self.probe.failed is None, self.probe.failed
        self.deaths: Mapping[int, tuple[Death, ...]] = deaths(self.graph, self.probe, sick)


def behind(tensor: torch.Tensor) -> torch.Tensor:
    """A loss that gives the tensor a random gradient."""
    made = torch.Generator().manual_seed(9)
    return (tensor * torch.randn(tensor.shape, generator=made, dtype=tensor.dtype)).sum()


def gradients(program: ways.Program, dtype: torch.dtype, loss_of: int = -1) -> list[float]:
    """What plain torch gives the variables; 0.0 where that is nothing."""
    variables = ways.leaves(dtype)
    loss = ways.run(program, variables, ways.given(dtype))[loss_of]
    loss = loss if loss_of == -1 else behind(loss)
    found = torch.autograd.grad(loss, variables, allow_unused=True)
    return [0.0 if one is None else float(one.double().norm()) for one in found]


def sources(graph: FlowGraph, found: Sequence[Death]) -> set[int]:
    return {graph.sources[edge] for death in found for edge in death.edges}


def check(program: ways.Program) -> int:
    """Gives how many variables were found dead."""
    exact = gradients(program, torch.float64)
    seen = Seen(program)
    dead = 0
    for place, (variable, value) in enumerate(zip(seen.variables, seen.values, strict=True)):
        if value is None:
            continue
        found = seen.deaths.get(value, ())
        if exact[place] > REAL * max(exact) and exact[place] > REAL and variable.grad.any():
            assert not found, f"variable {place} gets {exact[place]}, and is said to be dead"
        if not variable.grad.any():
            assert found, f"variable {place} gets zero, and nothing is said"
        if found:
            dead += 1
            assert reaches(program, seen, place, found), f"variable {place}: {found}"
    return dead


def reaches(
    program: ways.Program, seen: Seen, place: int, found: tuple[Death, ...], layers: int = 8
) -> bool:
    """Whether gradient fed behind where it died comes to the variable, perhaps after more deaths
    further up, each of which is named in turn.
    """
    value = seen.values[place]
    for source in sources(seen.graph, found):
        number = seen.numbers.get(source)
        if source == value or number is None:
            return True  # of the variable itself, or inside a step that is not listed
        if gradients(program, torch.float64, number)[place] > 1e-9:
            return True
        again = Seen(program, number)
        above = again.values[place]
        further = () if above is None else again.deaths.get(above, ())
        if further and layers and reaches(program, again, place, further, layers - 1):
            return True
    return False


@settings(
    max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(programs)
def test_zero_because_of_this_op(program: ways.Program) -> None:
    warnings.simplefilter("ignore")
    check(program)


def test_many_of_the_programs_have_dead_variables() -> None:
    """Else the property above would hold of nothing."""
    found = [check(([(kind, 0, 1), (kind, 1, 2)], 0)) for kind in range(len(ways.STEPS))]
    assert sum(map(bool, found)) > len(found) // 4
