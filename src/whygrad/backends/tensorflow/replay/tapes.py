"""Tapes of our own, one for each of the step's: they record what those recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from whygrad.backends.tensorflow.replay.linking import quietly

if TYPE_CHECKING:
    from whygrad.backends.tensorflow.log import Ask, Taped
    from whygrad.backends.tensorflow.replay.widening import Wider


class Tapes:
    """Made in the thread that first uses them."""

    def __init__(self, tapes: Mapping[int, Taped]) -> None:
        self._bits = sorted(tapes)
        self.every = sum(self._bits)
        self.automatic = sum(bit for bit, tape in tapes.items() if tape.automatic)
        self._made: dict[int, Any] = {}
        self._on = 0

    def switch(self, bits: int) -> None:
        """Have these tapes record, and no others."""
        changed = (bits & self.every) ^ self._on
        if not changed:
            return
        from tensorflow.python.eager import tape

        for bit in self._bits:
            if not changed & bit:
                continue
            if self._on & bit:
                tape.pop_tape(self._made[bit])
            elif bit in self._made:
                tape.push_tape(self._made[bit])
            else:
                self._made[bit] = tape.push_new_tape(
                    persistent=True, watch_accessed_variables=False
                )
        self._on ^= changed

    def watch(self, tensor: Any, bits: int) -> None:
        """Have these tapes know a tensor."""
        from tensorflow.python.eager import tape

        before = self._on
        self.switch(self._on | bits)
        for bit in self._bits:
            if bits & bit:
                tape.watch(self._made[bit], tensor)
        self.switch(before)

    def gradient(
        self, ask: Ask, targets: Sequence[Any], sources: Sequence[Any], wider: Wider
    ) -> list[Any]:
        """What the tape of an ask answers, while those that are on look on."""
        from tensorflow.python.eager import imperative_grad

        own = self._made.get(ask.tape)
        if own is None:
            return [None] * len(sources)
        given = ask.given
        if given is not None:
            given = quietly(lambda: [None if g is None else wider.tensor(g) for g in ask.given])
        before = self._on
        self.switch(before & ~ask.tape)
        try:
            found = imperative_grad.imperative_grad(
                own, list(targets), list(sources), output_gradients=given
            )
        finally:
            self.switch(before)
        return list(found)
