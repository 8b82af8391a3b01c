"""One variable under question, with the walks that the rules ask for, done once and shared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from whygrad.flow.death import Death
from whygrad.flow.graph import Edge, FlowGraph
from whygrad.flow.recording import Recording
from whygrad.flow.run import Run, best_gradient, got_gradient, moved
from whygrad.flow.trace import Traced, Verdict
from whygrad.flow.variable import Observed, Variable
from whygrad.model.report import Gradient


@dataclass(frozen=True)
class Case:
    """What a rule gets to see of one variable."""

    run: Run
    variable: Variable
    since: int = 0
    """The first step that counts in whether a variable is dead: it may have died on the way."""

    @property
    def recording(self) -> Recording:
        """The whole recording."""
        return self.run.recording

    @cached_property
    def traced(self) -> tuple[Traced | None, ...]:
        """One entry a step; None where no op of that step read the variable."""
        return tuple(
            None if seen.value is None else traces[seen.value]
            for seen, traces in zip(self.variable.steps, self.run.traces, strict=True)
        )

    @cached_property
    def verdict(self) -> Verdict:
        """The best of all steps: whole in one step is whole; else cut in one step is cut."""
        verdicts = {t.verdict for t in self.traced if t is not None}
        for verdict in (Verdict.WHOLE, Verdict.CUT):
            if verdict in verdicts:
                return verdict
        return Verdict.UNUSED

    @cached_property
    def cut_step(self) -> int | None:
        """The first step in which the variable is cut, where it is whole in none."""
        if self.verdict is not Verdict.CUT:
            return None
        verdicts = [t.verdict if t is not None else None for t in self.traced]
        return verdicts.index(Verdict.CUT)

    @cached_property
    def cuts(self) -> tuple[tuple[FlowGraph, Edge], ...]:
        """The front of the first step in which the variable is cut, most downstream first."""
        step = self.cut_step
        traced = None if step is None else self.traced[step]
        if step is None or traced is None:
            return ()
        graph = self.recording.steps[step].graph
        return tuple((graph, graph.edge(i)) for i in traced.front)

    @cached_property
    def dead_steps(self) -> tuple[int, ...]:
        """The steps in which a whole way led to a loss and only zero or noise came back. Empty
        unless that is so in every step in which there was such a way (one batch proves nothing),
        but for steps that could not be measured.
        """
        found = []
        for index, (seen, traced) in enumerate(zip(self.seen, self.traced, strict=True)):
            if traced is None or traced.verdict is not Verdict.WHOLE or index < self.since:
                continue
            if seen.gradient is Gradient.ZERO or seen.value in self.run.deaths[index]:
                found.append(index)
            elif not self._unmeasured(index):
                return ()
        return tuple(found)

    def _unmeasured(self, index: int) -> bool:
        """Whether something looked sick in a step and could not be measured, or had been measured
        often enough.
        """
        probe = self.recording.steps[index].probe
        if probe is None or self.seen[index].gradient is not Gradient.FINITE:
            return False
        return probe.failed is not None or self.seen[index].value in probe.as_before

    @cached_property
    def died_at(self) -> int | None:
        """Of a variable that got gradient at first, the step from which on nothing but zero came
        back, in two steps at least.
        """
        alive = [i for i, seen in enumerate(self.seen) if seen.gradient is Gradient.FINITE]
        if not alive or alive[-1] + 2 >= len(self.seen):
            return None
        later = Case(self.run, self.variable, since=alive[-1] + 1)
        return later.since if len(later.dead_steps) > 1 else None

    @cached_property
    def deaths(self) -> tuple[Death, ...]:
        """Of a variable that is dead in every step, where its gradient died in the first step in
        which that was measured, most downstream first; empty where it could not be said.
        """
        for index in self.dead_steps:
            value = self.seen[index].value
            found = () if value is None else self.run.deaths[index].get(value, ())
            if found:
                return found
        return ()

    @property
    def noise(self) -> bool:
        """Whether what came back to a dead variable looks like a gradient and is rounding error."""
        return any(self.seen[index].gradient is Gradient.FINITE for index in self.dead_steps)

    @property
    def seen(self) -> tuple[Observed, ...]:
        """The variable in each step."""
        return self.variable.steps

    @property
    def differentiated(self) -> bool:
        """Whether gradient was asked for in any observed step."""
        return self.run.differentiated

    @cached_property
    def gradient(self) -> Gradient:
        """The best of what came back over all steps."""
        return best_gradient(self.variable)

    @cached_property
    def got_gradient(self) -> bool:
        """Whether something other than nothing or zero came back in any step."""
        return got_gradient(self.variable)

    @cached_property
    def moved(self) -> bool | None:
        """Whether it changed in any step; None where no step could tell."""
        return moved(self.variable)

    @property
    def held(self) -> bool:
        """Whether an optimizer updates it."""
        return bool(self.variable.holders)

    @property
    def read(self) -> bool:
        """Whether any op of any step read it."""
        return any(step.value is not None for step in self.variable.steps)

    @cached_property
    def aside(self) -> bool:
        """No optimizer holds anything of its part of the model, and others are held: a teacher,
        a target network, a part that is left as it is. Nobody wants it trained.
        """
        return self.run.set_aside(self.variable)

    @cached_property
    def waiting(self) -> bool:
        """Its optimizers never stepped and others did: it has its turn in another phase."""
        names = {holding.optimizer for holding in self.variable.holders}
        taken = [(o.name in names, o.steps_taken) for o in self.recording.optimizers]
        own = [steps for mine, steps in taken if mine]
        return bool(own) and not any(own) and any(steps for mine, steps in taken if not mine)
