"""What looks at a step while it is run again, or changes it on the way.

`running.run(program, instrument, wanted)` calls the methods; records and values are those of the
program. Everything runs in a thread of its own, with tapes of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Instrument:
    """Does nothing. An heir overrides what it needs; each method gives the tensor to go on with.

    The operands of a record: `records[record].ins[position]` is the source.
    """

    wide = False
    """Run in the next wider dtype."""

    def leaf(self, value: int, tensor: Any) -> Any:
        """A tensor that the step did not make, before anything reads it."""
        return tensor

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        """What one argument of an op is about to be."""
        return tensor

    def call(
        self, record: int, inputs: list[Any], run: Callable[[list[Any]], Sequence[Any]]
    ) -> Sequence[Any]:
        """The op itself."""
        return run(inputs)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        """What an op gave."""
        return tensor

    def taped(self, record: int, tapes: int) -> int:
        """The tapes that are on while the op runs, one bit each."""
        return tapes

    def asks_of(self, value: int) -> bool:
        """Whether the gradient of a leaf is asked for wherever one is."""
        return False

    def asked(self, sources: Sequence[int]) -> bool:
        """Whether an ask is made, which was for the gradients of `sources`."""
        return True

    def keeps(self) -> frozenset[int]:
        """Values that are wanted although no loss depends on them without the change."""
        return frozenset()


class Both(Instrument):
    """A changed step, and what looks at it: the look is at what the change gave."""

    def __init__(self, change: Instrument, look: Instrument) -> None:
        self._change = change
        self._look = look
        self.wide = change.wide or look.wide

    def leaf(self, value: int, tensor: Any) -> Any:
        return self._look.leaf(value, self._change.leaf(value, tensor))

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        tensor = self._change.operand(record, position, source, tensor)
        return self._look.operand(record, position, source, tensor)

    def call(
        self, record: int, inputs: list[Any], run: Callable[[list[Any]], Sequence[Any]]
    ) -> Sequence[Any]:
        return self._change.call(record, inputs, run)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        return self._look.made(record, value, self._change.made(record, value, tensor))

    def taped(self, record: int, tapes: int) -> int:
        return self._change.taped(record, tapes)

    def asks_of(self, value: int) -> bool:
        return self._change.asks_of(value)

    def asked(self, sources: Sequence[int]) -> bool:
        return self._look.asked(sources)

    def keeps(self) -> frozenset[int]:
        return self._change.keeps() | self._look.keeps()
