"""Functions with a gradient of their own (`tf.custom_gradient`): what they gave back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_LARGEST = 1 << 22


class Outcome:
    """What such a function gave back, over all its calls in the step, per input.

    None is a cut however little arrived; zeros are one only where something did arrive.
    """

    __slots__ = ("arrived", "backward", "calls", "dtypes", "flowed", "given", "sources", "symbolic")

    def __init__(self, sources: tuple[int, ...]) -> None:
        self.sources = sources
        self.calls = 0
        self.arrived = False
        self.backward: Callable[..., Any] | None = None
        """The function itself, for the step; None in a graph, which it is a part of."""
        self.symbolic: tuple[tuple[Any, ...], tuple[Any, ...]] | None = None
        """In a graph, what arrived and what was answered, where it was asked there."""
        self.dtypes: tuple[Any, ...] = ()
        """Of what it made."""
        self.given = [False] * len(sources)
        self.flowed = [False] * len(sources)

    def lost(self) -> frozenset[int]:
        """Positions of the inputs that got no gradient, or nothing but zeros."""
        nothing = self._without(self.given) if self.calls else frozenset()
        return nothing | (self._without(self.flowed) if self.arrived else frozenset())

    def detail(self) -> str | None:
        """What to say of it, if anything was lost."""
        if self.calls and self._without(self.given):
            return "its gradient function gives None"
        return "its gradient function gives only zeros" if self.lost() else None

    def watching(self, backward: Callable[..., Any], first: int = 0) -> Callable[..., Any]:
        """The same function; what it answers is looked at, from the `first` on, and handed on as
        it is.
        """

        def watched(*arrived: Any) -> Any:
            answer = backward(*arrived)
            try:
                self._see(arrived, answer[first:] if first else answer)
            except Exception:
                self.calls = 0
                self.arrived = False
            return answer

        return watched

    def _see(self, arrived: Any, answer: Any) -> None:
        self.calls += 1
        self.arrived |= any(_is_nonzero(gradient) for gradient in arrived)
        answers = answer if isinstance(answer, (list, tuple)) else (answer,)
        if all(hasattr(gradient, "graph") for gradient in arrived):
            self.symbolic = tuple(arrived), tuple(answers[: len(self.given)])
        for position, gradient in enumerate(answers[: len(self.given)]):
            self.given[position] |= gradient is not None
            self.flowed[position] |= gradient is not None and _is_nonzero(gradient)

    def _without(self, got: list[bool]) -> frozenset[int]:
        # The same value may go in twice; gradient by one of the two is enough.
        kept = {source for source, ok in zip(self.sources, got, strict=True) if ok}
        return frozenset(i for i, source in enumerate(self.sources) if source not in kept)


def _is_nonzero(gradient: Any) -> bool:
    """Whether some entry is not zero; what cannot be told is taken to be."""
    values = getattr(gradient, "values", gradient)
    if not hasattr(values, "_numpy"):
        return values is not None
    numbers = values._numpy()
    return bool(numbers.size > _LARGEST or (numbers != 0).any())
