"""One observed step as the questions of these causes see it."""

from __future__ import annotations

from dataclasses import dataclass

from whygrad.causes.ways import INITIALIZERS, READS
from whygrad.flow.graph import FlowGraph, Op
from whygrad.flow.probe import Numbers, Probe
from whygrad.flow.run import Run
from whygrad.flow.variable import Variable

_OWN = INITIALIZERS | READS | {"tf.identity", "tf.cast"}
"""What these give of a variable is still that variable, to a person."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One step as the questions below see it."""

    run: Run
    step: int
    graph: FlowGraph
    probe: Probe

    def op(self, edge: int) -> Op:
        """The op of an edge."""
        return self.graph.ops[self.graph.edge_ops[edge]]

    def numbers(self, value: int) -> Numbers | None:
        """What is known of a value."""
        return self.probe.numbers.get(value)

    def variable(self, value: int) -> Variable | None:
        """The variable that a value is, in this step; the first step also sees it initialized."""
        graph = self.graph
        while True:
            found = self.run.variable_at(self.step, value)
            into = graph.into(value)
            if found is not None or not into:
                return found
            if self.op(into[0]).name.strip("_") not in _OWN:
                return None
            value = graph.sources[into[0]]


def bare(op: Op) -> str:
    """The op's name without what stands before it: `relu6` of `tf.nn.relu6`."""
    return op.name.rpartition(".")[2]


def scene(run: Run, step: int) -> Scene:
    """The step of a spot."""
    kept = run.recording.steps[step]
    return Scene(run, step, kept.graph, kept.probe or Probe())


def reader(at: Scene, value: int) -> tuple[Op, int] | tuple[None, None]:
    """The only op that reads a value, and what it makes of it; nothing where there are several."""
    out = at.graph.out_of(value)
    if len(out) != 1:
        return None, None
    return at.op(out[0]), at.graph.targets[out[0]]
