"""Keeps a step under the flow and runs it again, for tests of what a replay gives and leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from whygrad.backends.torch.flow import Flow
from whygrad.backends.torch.loop import Asked
from whygrad.backends.torch.replay.changes import Changed
from whygrad.backends.torch.replay.program import Program
from whygrad.backends.torch.replay.running import Ran, run
from whygrad.flow.graph import FlowGraph
from whygrad.flow.replaying import Change, ChangeKind
from whygrad.flow.trace import trace


class Kept(NamedTuple):
    """A step that can be run again, and the values of some variables in it."""

    program: Program
    graph: FlowGraph
    values: list[int | None]

    def wanted(self) -> list[int]:
        return [value for value in self.values if value is not None]

    def changed(self, *changes: Change) -> Ran:
        changed = Changed(self.program, self.graph, changes)
        return run(self.program, changed, self.wanted(), changed.links)

    def gradients(self, *changes: Change) -> list[Any]:
        gradients = self.changed(*changes).gradients
        return [None if value is None else gradients[value] for value in self.values]

    def opened(self, variable: int = 0, rounds: int = 4) -> Any:
        """The gradient once every cut on the variable's ways is opened, one after the other."""
        value = self.values[variable]
        edges: list[int] = []
        for _ in range(rounds):
            traced = trace(self.graph, [value], lambda e: e in edges or not self.graph.barriers[e])[
                value
            ]
            if not traced.front:
                return None
            edges += traced.front
            gradient = self.gradients(Change(ChangeKind.OPEN, tuple(edges)))[variable]
            if gradient is not None:
                return gradient
        return None


def keep(body: Callable[[], Any], variables: Sequence[Any]) -> Kept:
    """`body` gives the loss; gradients of the variables are left in `.grad`, as always."""
    flow = Flow()
    faults: list[BaseException] = []
    flow._tape.on_fault = faults.append
    flow.install()
    try:
        flow.begin_step()
        loss = body()
        flow.differentiates(Asked((loss,), None, False))
        flow.pause()
        if loss.requires_grad:
            loss.backward()
        flow.resume()
        graph = flow.end_step()
        program = flow.program()
        program.link(graph)
    finally:
        flow.uninstall()
    if faults:
        raise faults[0]
    return Kept(program, graph, [flow.value_of(variable) for variable in variables])


def assert_same(kept: Kept, variables: Sequence[Any], rounding: float = 0.0) -> None:
    """A replay without changes gives what backward gave and leaves all as it was."""
    before = [(v.detach().clone(), v._version, v.requires_grad, v.grad) for v in variables]
    copies = [None if v.grad is None else v.grad.clone() for v in variables]
    random, grad = torch.get_rng_state(), torch.is_grad_enabled()
    ran = run(kept.program, None, kept.wanted())
    assert torch.equal(torch.get_rng_state(), random)
    assert torch.is_grad_enabled() is grad
    assert torch._C._len_torch_function_stack() == 0
    assert not torch.is_autocast_enabled("cpu")
    for variable, (data, version, requires, gradient), copy, value in zip(
        variables, before, copies, kept.values, strict=True
    ):
        assert torch.equal(variable, data)
        assert variable._version == version
        assert variable.requires_grad is requires
        assert variable.grad is gradient
        found = None if value is None else ran.gradients[value]
        assert (found is None) == (copy is None)
        if copy is not None:
            torch.testing.assert_close(gradient, copy, rtol=0, atol=0, equal_nan=True)
            torch.testing.assert_close(found, copy, rtol=rounding, atol=rounding, equal_nan=True)
