"""Which steps of an observation are kept to be run again, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from whygrad.backends.shared.kept import make_room, seen_in
from whygrad.backends.torch.replay.program import Program
from whygrad.backends.torch.replay.replayer import Kept, TorchReplayer
from whygrad.flow.graph import FlowGraph
from whygrad.flow.recording import Recording


class Keeping:
    """Keeps the newest step about which a question remains, and those that looked sick."""

    def __init__(self) -> None:
        self.kept: dict[int, Kept] = {}
        self._reasons: dict[int, str] = {}
        self._sick: set[int] = set()

    def looks_sick(self, step: int) -> None:
        """Something is wrong in this step: it is not dropped for the next one."""
        self._sick.add(step)

    def sick(self, step: int) -> bool:
        """Whether something looked sick in it."""
        return step in self._sick

    def close(self, step: int, program: Program, graph: FlowGraph) -> None:
        """A step has ended."""
        if program.fault is not None:
            self._reasons[step] = program.fault
            return
        if not program.backwards:
            self._reasons[step] = "no gradient was asked for in that step"
            return
        program.link(graph)
        program.prune()
        program.settle()
        reason = program.too_large()
        if reason is not None:
            self._reasons[step] = reason
            return
        make_room(self.kept, self._sick)
        self.kept[step] = Kept(program, graph)

    def drop(self) -> None:
        """Let go of everything."""
        self.kept.clear()

    def replayer(
        self, recording: Recording, optimizers: Callable[[str], Any]
    ) -> TorchReplayer | None:
        """The steps that are kept, with what was observed in them."""
        for step, kept in self.kept.items():
            kept.seen = seen_in(recording, step)
        return TorchReplayer(self.kept, self._reasons, optimizers) if recording.steps else None
