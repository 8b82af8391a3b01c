"""Looks at the gradients on the measured edges while a step is run again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from whygrad.backends.tensorflow.probing.numbers import sample, size
from whygrad.backends.tensorflow.replay.instrument import Instrument
from whygrad.backends.tensorflow.replay.linking import watched
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.backends.tensorflow.replay.widening import eps
from whygrad.flow.measuring.sizes import Size, added
from whygrad.flow.measuring.ways import Spot, Ways


class Gauge(Instrument):
    """Puts a look on every measured value, and on operands whose source is read elsewhere too.

    Of each gradient only what `look` makes of it is kept, never the gradient itself.
    """

    def __init__(
        self,
        program: Program,
        ways: Ways,
        things: Collection[int],
        look: Callable[[Spot, Any], None],
    ) -> None:
        self.program = program
        self.graph = program.graph
        self.ways = ways
        self.look = look
        self.looked_at: set[Spot] = set()
        self._things = things

    def asked(self, sources: Sequence[int]) -> bool:
        """Only what tells the gradient of a sick variable, where anything does."""
        return not self._things or any(self.program.thing(s) in self._things for s in sources)

    def leaf(self, value: int, tensor: Any) -> Any:
        return self._look_at(value, tensor)

    def made(self, record: int, value: int, tensor: Any) -> Any:
        return self._look_at(value, tensor)

    def operand(self, record: int, position: int, source: int, tensor: Any) -> Any:
        spot = (record, position)
        return self._put(spot, tensor) if spot in self.ways.apart else tensor

    def _look_at(self, value: int, tensor: Any) -> Any:
        return self._put(value, tensor) if value in self.ways.values else tensor

    def _put(self, spot: Spot, tensor: Any) -> Any:
        if not tensor.dtype.is_floating and not tensor.dtype.is_complex:
            return tensor
        self.looked_at.add(spot)
        return watched(tensor, partial(self._seen, spot))

    def _seen(self, spot: Spot, gradient: Any) -> None:
        if gradient is not None:
            self.look(spot, gradient)


class Sizes:
    """What a first run keeps of every gradient: its size, and a sample of its entries."""

    def __init__(self) -> None:
        self.found: dict[Spot, Size] = {}
        self.samples: dict[Spot, list[Any]] = {}
        self.coarsest = 0.0
        """Of the dtypes of gradients, the largest distance between neighbouring numbers."""

    def look(self, spot: Spot, gradient: Any) -> None:
        """A gradient came."""
        self.coarsest = max(self.coarsest, eps(gradient.dtype))
        now, before = size(gradient), self.found.get(spot)
        self.found[spot] = now if before is None else added(before, now)
        self.samples.setdefault(spot, []).append(sample(gradient))
