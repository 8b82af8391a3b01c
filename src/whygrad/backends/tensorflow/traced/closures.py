"""The gradient function of a `tf.custom_gradient` inside of a graph, as something to run again.

While the graph was traced, the function was asked once, of symbolic tensors: from what arrived to
what it answered lead ops of the graph, which also read what was computed on the way there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from whygrad.backends.tensorflow.custom import Outcome


@dataclass(frozen=True, slots=True)
class Closure:
    """One such function, in one run of its graph."""

    arrived: tuple[Any, ...]
    """Symbolic."""
    answers: tuple[Any, ...]
    """Symbolic, one for each source; None where there is none."""
    needs: Mapping[int, int]
    """The value of each tensor that it reads from the way there, by `_id`."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What comes out of a conditional or a loop: one of several values, known when it runs."""

    op: Any
    ways: tuple[int, ...]
    """The value by each branch; of a loop, what goes in and what each round leaves. -1: none."""
    decides: tuple[int, ...]
    """The value that chooses a branch; of a loop, whether each of the rounds takes place."""
    carried: tuple[int, ...] = ()
    """Of a loop, all that the last round hands on, in the order of the body's inputs."""
    position: int = 0
    """Of a loop, which of these it is."""

    @property
    def needs(self) -> tuple[int, ...]:
        """All values that it takes."""
        return tuple(v for v in (*self.ways, *self.decides, *self.carried) if v >= 0)


def closure(outcome: Outcome, value_of: Callable[[Any], int | None]) -> Closure | None:
    """What it takes to run the function again; None where that is not known. `value_of` gives the
    value of a symbolic tensor that was computed on the way there.
    """
    if outcome.symbolic is None:
        return None
    arrived, answers = outcome.symbolic
    # In a graph its arguments come out of it as well; they lead on from there to nowhere.
    arrived = arrived[: len(outcome.dtypes)]
    needs: dict[int, int] = {}
    seen = {tensor._id for tensor in arrived}
    todo = [tensor for tensor in answers if tensor is not None]
    while todo:
        tensor = todo.pop()
        if not hasattr(tensor, "_id"):
            return None  # rows of a table
        if tensor._id in seen:
            continue
        seen.add(tensor._id)
        value = value_of(tensor)
        if value is not None:
            needs[tensor._id] = value
        else:
            todo += tensor.op.inputs
    return Closure(arrived, answers, needs)
