"""Which variables the steps read, where the first step also holds the making of the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from whygrad.backends.shared.slot import Slot
from whygrad.flow.graph import FlowGraph
from whygrad.flow.recording import Step
from whygrad.flow.trace import walk_back
from whygrad.flow.variable import Home


def read(slots: Iterable[Slot], steps: Sequence[Step]) -> set[Slot]:
    """Slots that some op used for more than making the variable itself.

    Filling a new weight reads it too, so in the first step only what feeds a loss counts, as
    long as there is a loss at all.
    """
    feeds: bytearray | None = None
    if steps and steps[0].graph.losses:
        feeds, _ = walk_back(steps[0].graph)
    return {slot for slot in slots if _is_read(slot, feeds)}


def _is_read(slot: Slot, feeds: bytearray | None) -> bool:
    for number, step in slot.steps.items():
        if step.had_gradient_after_backward:
            return True
        if step.value is not None and (number > 0 or feeds is None or feeds[step.value]):
            return True
    return False


def computed(slots: Sequence[Slot], steps: Sequence[Step]) -> set[Slot]:
    """Loose parameters that forward made of other variables, as in `nn.Parameter(self.make(c))`.

    They are no variables of their own: what matters is what they were computed from.
    """
    found = set()
    for slot in slots:
        if slot.home is not Home.LOOSE or slot.holders or not slot.created_in:
            continue
        for number, seen in slot.steps.items():
            if seen.value is None or number >= len(steps):
                continue
            others = {s.steps[number].value for s in slots if s is not slot and number in s.steps}
            if _comes_from(steps[number].graph, seen.value, others - {None}):
                found.add(slot)
    return found


def _comes_from(graph: FlowGraph, value: int, others: set[int | None]) -> bool:
    todo, met = [value], {value}
    for current in todo:
        for edge in graph.into(current):
            source = graph.sources[edge]
            if source in others:
                return True
            if source not in met:
                met.add(source)
                todo.append(source)
    return False
