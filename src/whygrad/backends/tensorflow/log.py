"""What one observed step did, op by op: the one place that the eager and the traced side write to.

Values are numbered in the order in which they came to be. No tensor that an op made is kept: an
eager tensor is known by `tensor._id`, which TensorFlow draws from a counter and never gives twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple


class Phase(IntEnum):
    """Who runs an op."""

    FORWARD = 0
    BACKWARD = 1
    """A tape, on the way back."""
    UPDATE = 2
    """An optimizer, while it applies gradients."""


class Record(NamedTuple):
    """One op. Inputs that are resource handles stand for what the variable holds at that moment."""

    kind: str
    """The op's type, e.g. `MatMul`; `custom_gradient NAME` for a function with its own gradient."""
    ins: tuple[int, ...]
    """Value numbers, in the op's own order; -1 for an input that is no value (an iterator)."""
    outs: tuple[int, ...]
    """Value numbers; -1 for an output that is no value (a handle)."""
    site: int
    """Where the person's code called it, as a number of `Callsites`."""
    tapes: int
    """One bit for each tape that recorded it; 0 where it ran outside of every tape."""
    phase: Phase = Phase.FORWARD
    attrs: Any = None
    """The op's attributes, as the op callback gives them (key, value, key, value, ...)."""
    floating: int = -1
    """One bit for each output that a gradient can be of: a float, complex, or a list of tensors."""
    region: int = 0
    """Number of the region without recording it ran in (`StepLog.regions`); 0 for none."""
    detail: Any = None
    """What the freezing side needs to know besides, by kind."""


class Call(NamedTuple):
    """A traced function that was run: its trace is put in place of it when the step is frozen."""

    graph: Any
    """The function's graph (`FuncGraph`)."""
    ins: tuple[int, ...]
    """Arguments, then captures, in the order of the graph's inputs; variables as in `Record`."""
    outs: tuple[int, ...]
    site: int
    tapes: int
    phase: Phase = Phase.FORWARD
    region: int = 0
    writes: tuple[tuple[int, int], ...] = ()
    """For inputs that are variables it writes on, by position, what they hold afterwards."""
    fetched: Any = None
    """For inputs that are iterators, by position, the tensors that they gave first, where known."""


class Ask(NamedTuple):
    """A tape was asked for gradients: `tape.gradient(targets, sources)`."""

    tape: int
    """The tape's bit."""
    targets: tuple[int, ...]
    sources: tuple[int, ...]
    site: int
    at: int
    """How many records there were when it was asked."""
    given: Any = None
    """The `output_gradients` to start with, as they were given; None without any."""


class Taped(NamedTuple):
    """One tape."""

    bit: int
    site: int
    """Where it was entered."""
    automatic: bool
    """It watches every trainable variable that is read: `watch_accessed_variables`."""
    at: int
    """How many records there were when it was entered."""
    persistent: bool = False
    """It may be asked more than once."""


class Watch(NamedTuple):
    """`tape.watch`: from record `at` on, this tape knows this tensor or variable."""

    tape: int
    value: int
    """Of a variable, what it held then; `StepLog.holders` tells which one it is."""
    variable: bool
    at: int


class Flat(NamedTuple):
    """A step without `Call`s: what is frozen to a flow graph."""

    records: list[Record]
    value_count: int
    floats: bytearray
    holders: dict[int, int]
    """For each value that a variable holds, the `_id` of the variable's handle."""
    asks: list[Ask]
    """These and what follows speak of the records and values here, not of the log's."""
    tapes: dict[int, Taped]
    watches: list[Watch]
    regions: list[tuple[str, int]]
    numbers: list[int] | None = None
    """What value `n` of the log is called here; None where it is called the same."""
    met: Any = None
    """Tensors that came out of iterators inside of a call, by value here; None without any."""


@dataclass(slots=True)
class StepLog:
    """One step as it goes on."""

    records: list[Record | Call] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    regions: list[tuple[str, int]] = field(default_factory=lambda: [("", 0)])
    """Stretches without recording: what kind, and the site at which it began."""
    tapes: dict[int, Taped] = field(default_factory=dict)
    """Every tape that was entered, by its bit."""
    watches: list[Watch] = field(default_factory=list)
    count: int = 0
    """How many values have a number."""
    variables: dict[int, int] = field(default_factory=dict)
    """What each variable holds now, by the `_id` of its handle."""
    firsts: dict[int, int] = field(default_factory=dict)
    """What each variable held when the step first read it: its value in the flow graph."""
    holders: dict[int, int] = field(default_factory=dict)
    """Of each value that a variable holds or held, the `_id` of the variable's handle."""
    floats: bytearray = field(default_factory=bytearray)
    """For each value, 1 where a gradient can be of it."""
    numbers: dict[int, int] = field(default_factory=dict)
    """The value of each eager tensor, by its `_id`; of a handle, what its variable holds."""
    met: dict[int, Any] = field(default_factory=dict)
    """What it takes to run the step again, by value: tensors that no op of it made, and results
    that cannot be computed anew, such as random numbers and what a seed held.
    """
    handles: dict[int, Any] = field(default_factory=dict)
    """For what each variable held when the step first read it, its handle."""
    updated: dict[int, int] = field(default_factory=dict)
    """Of variables that an optimizer has updated and nobody has read since, what they held before,
    by the `_id` of the handle.
    """
    pinned: dict[int, Any] = field(default_factory=dict)
    """Copies of it, by value, from before an optimizer's update."""
    targets: dict[int, Any] = field(default_factory=dict)
    """What gradients were asked of, by value, where it is small."""

    def fresh(self, floating: bool = True) -> int:
        """Number a new value."""
        number = self.count
        self.count = number + 1
        self.floats.append(floating)
        return number

    def value(self, tensor_id: int, floating: bool = True) -> int:
        """The number of an eager tensor, by its `_id`; a new one where this step has not met it."""
        known = self.numbers.get(tensor_id)
        if known is None:
            known = self.numbers[tensor_id] = self.fresh(floating)
        return known

    def known(self, tensor_id: int) -> int | None:
        """The number of an eager tensor that this step has met."""
        return self.numbers.get(tensor_id)

    def made(self, tensor_ids: Iterable[int], floating: int = -1) -> tuple[int, ...]:
        """Number tensors that an op has just made. An op may hand on an input: a value that has a
        number gets a new one, so that every edge goes from a lower number to a higher.
        """
        numbers = []
        for position, tensor_id in enumerate(tensor_ids):
            number = self.numbers[tensor_id] = self.fresh(bool(floating >> position & 1))
            numbers.append(number)
        return tuple(numbers)

    def variable(self, handle_id: int, floating: bool = True) -> int:
        """What a variable holds now."""
        number = self.variables.get(handle_id)
        if number is None:
            number = self._hold(handle_id, floating)
        return number

    def written(self, handle_id: int, floating: bool = True) -> int:
        """A variable was assigned to: number what it holds from now on."""
        return self._hold(handle_id, floating)

    def _hold(self, handle_id: int, floating: bool) -> int:
        number = self.variables[handle_id] = self.numbers[handle_id] = self.fresh(floating)
        self.holders[number] = handle_id
        self.firsts.setdefault(handle_id, number)
        return number

    def forward(self) -> Iterator[Record | Call]:
        """What the person's code computed."""
        return (record for record in self.records if record.phase is Phase.FORWARD)
