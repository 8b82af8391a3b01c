"""Which variables the steps read, where the first step also holds the making of the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from whygrad.backends.torch.slots import Slot
from whygrad.flow.recording import Step
from whygrad.flow.trace import walk_back


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
