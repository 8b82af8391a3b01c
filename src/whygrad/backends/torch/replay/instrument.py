"""What looks at a step while it is run again, or changes it on the way.

`running.run(program, instrument, wanted)` calls the methods; numbers are those of the step's flow
graph: a record is an op, a value a value. Everything runs with torch's modes put aside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Instrument:
    """Does nothing. An heir overrides what it needs; each method gives the tensor to go on with.

    The edges of a record: `record` is the edge's op, `records[record][3][position]` its source.
    """

    wide = False
    """Run in the next wider dtype, without autocast and without loss scaling."""

    def leaf(self, value: int, tensor: Any) -> Any:
        """A leaf of the step, before anything reads it.

        It must stay a leaf: give `tensor`, or a new leaf that asks for gradient as it does.
        """
        return tensor

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        """What one argument of a call is about to be. `tensor.view_as(tensor)` with a hook on it
        sees the gradient of this edge alone. Not asked of a tensor that the call writes on.
        """
        return tensor

    def call(self, record: int, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """The call itself."""
        return func(*args, **kwargs)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        """What a call gave; after a write in place, the tensor that was written."""
        return tensor

    def enabled(self, record: int, enabled: bool) -> bool:
        """Whether the call runs with gradients."""
        return enabled

    def hooked(self, value: int) -> bool:
        """Whether the person's own hooks on the tensor are run in backward."""
        return True

    def cleared(self, values: frozenset[int]) -> frozenset[int]:
        """The leaves whose gradients are cleared, of those that the person's loop clears."""
        return values

    def keeps(self) -> frozenset[int]:
        """Values that are wanted although no loss depends on them without the change."""
        return frozenset()

    def backward(self, number: int) -> None:
        """Backward number `number` of the step is about to run."""


class Both(Instrument):
    """Two in one: the second gets what the first gave, and makes no calls of its own."""

    def __init__(self, first: Instrument, second: Instrument) -> None:
        self._first = first
        self._second = second
        self.wide = first.wide or second.wide

    def leaf(self, value: int, tensor: Any) -> Any:
        return self._second.leaf(value, self._first.leaf(value, tensor))

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        tensor = self._first.operand(record, position, source, tensor)
        return self._second.operand(record, position, source, tensor)

    def call(self, record: int, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        return self._first.call(record, func, args, kwargs)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        return self._second.made(record, value, self._first.made(record, value, tensor))

    def enabled(self, record: int, enabled: bool) -> bool:
        return self._second.enabled(record, self._first.enabled(record, enabled))

    def hooked(self, value: int) -> bool:
        return self._first.hooked(value) and self._second.hooked(value)

    def cleared(self, values: frozenset[int]) -> frozenset[int]:
        return self._second.cleared(self._first.cleared(values))

    def keeps(self) -> frozenset[int]:
        return self._first.keeps() | self._second.keeps()

    def backward(self, number: int) -> None:
        self._first.backward(number)
        self._second.backward(number)
