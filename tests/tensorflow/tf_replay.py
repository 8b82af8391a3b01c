"""Runs a piece of a step under TensorFlow's flow, and runs it again from what was kept of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.tensorflow.tf_flow import Seen, see
from whygrad.backends.tensorflow.replay.changes import Changed
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.backends.tensorflow.replay.running import run
from whygrad.flow.graph import Barrier
from whygrad.flow.kinds import Kind
from whygrad.flow.replaying import Change, ChangeKind


class Kept:
    """A step that was seen and kept."""

    def __init__(self, body: Callable[[], Any], **variables: Any) -> None:
        self.seen: Seen = see(body, **variables)
        self.program: Program = self.seen.flow.program()

    @property
    def graph(self) -> Any:
        return self.seen.graph

    def value(self, name: str) -> int:
        value = self.seen.flow.value_of(self.seen.variables[name])
        assert value is not None, f"{name} was not read"
        return value

    def again(self, *changes: Change) -> dict[str, float | None]:
        """The norm of each variable's gradient."""
        return {name: _norm(one) for name, one in self.gradients(*changes).items()}

    def gradients(self, *changes: Change) -> dict[str, Any]:
        """The gradient of each variable, as an array."""
        values = {name: self.value(name) for name in self.seen.variables}
        changed = Changed(self.program, changes)
        ran = run(self.program, changed, tuple(values.values()), changed.links)
        found = {name: ran.gradients.get(value) for name, value in values.items()}
        return {name: None if g is None else g.numpy() for name, g in found.items()}

    def losses(self, *changes: Change) -> list[float]:
        changed = Changed(self.program, changes)
        ran = run(self.program, changed, (), changed.links)
        return [float(loss.numpy().sum()) for _, loss in ran.losses]

    def cuts(self, *barriers: Barrier) -> tuple[int, ...]:
        """The edges with one of these barriers that lie on a way to a loss."""
        return tuple(e.number for e in self.graph.edges() if e.barrier in barriers)

    def into(self, op: str) -> tuple[int, ...]:
        """The edges into the ops of that name."""
        found = tuple(e.number for e in self.graph.edges() if self.graph.ops[e.op].name == op)
        assert found, f"no `{op}` among {sorted({op.name for op in self.graph.ops})}"
        return found

    def of_kind(self, kind: Kind) -> tuple[int, ...]:
        return tuple(e.number for e in self.graph.edges() if self.graph.ops[e.op].kind is kind)


def opened(edges: Sequence[int]) -> Change:
    return Change(ChangeKind.OPEN, edges=tuple(edges))


def _norm(gradient: Any) -> float | None:
    return None if gradient is None else float(np.linalg.norm(gradient))
