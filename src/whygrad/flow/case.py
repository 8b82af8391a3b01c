"""One variable under question, with the walks that the rules ask for, done once and shared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from whygrad.flow.graph import Edge, FlowGraph
from whygrad.flow.recording import Recording
from whygrad.flow.trace import Traced, Verdict
from whygrad.flow.variable import Observed, Variable


@dataclass(frozen=True)
class Case:
    """`traced` has one entry a step; None where no op of that step read the variable."""

    recording: Recording
    variable: Variable
    traced: tuple[Traced | None, ...]

    @cached_property
    def verdict(self) -> Verdict:
        """The best of all steps: whole in one step is whole; else cut in one step is cut."""
        verdicts = {t.verdict for t in self.traced if t is not None}
        for verdict in (Verdict.WHOLE, Verdict.CUT):
            if verdict in verdicts:
                return verdict
        return Verdict.UNUSED

    @cached_property
    def cuts(self) -> tuple[tuple[FlowGraph, Edge], ...]:
        """The front of the first step in which the variable is cut, most downstream first."""
        for step, traced in zip(self.recording.steps, self.traced, strict=True):
            if traced is not None and traced.verdict is Verdict.CUT:
                return tuple((step.graph, step.graph.edge(i)) for i in traced.front)
        return ()

    @property
    def seen(self) -> tuple[Observed, ...]:
        """The variable in each step."""
        return self.variable.steps

    @property
    def differentiated(self) -> bool:
        """Whether gradient was asked for in any observed step."""
        return any(step.differentiated for step in self.recording.steps)
