"""Which variable a gradient was asked for, and to which it was applied: an optimizer takes pairs as
they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from whygrad.backends.keras.inventory.things import key_of


class Pairing:
    """Knows the gradients of one step by the tensors that they are: what was made of one of them,
    by clipping or by averaging, is another tensor, and then nothing is known.
    """

    def __init__(self) -> None:
        self._asked: dict[int, set[int]] = {}
        """By tensor, whose gradient it is: a sum gives both of its terms the same one."""

    def answered(self, sources: Iterable[Any], results: Iterable[Any]) -> None:
        """A tape gave gradients, be they symbolic."""
        for source, result in zip(sources, results, strict=False):
            token, key = _token(result), key_of(source)
            if token is not None and key is not None:
                self._asked.setdefault(token, set()).add(key)

    def pairs(
        self, gradients: Iterable[Any], variables: Iterable[Any]
    ) -> Iterator[tuple[Any, int | None]]:
        """Variables with a gradient that is known: whose it is, by key; None where it is theirs."""
        for gradient, variable in zip(gradients, variables, strict=False):
            owners = self._asked.get(_token(gradient) or 0)
            if owners is not None:
                yield variable, None if key_of(variable) in owners else min(owners)


def _token(gradient: Any) -> int | None:
    """What names a tensor, eager or symbolic; of a gradient for few rows, its values."""
    values = getattr(gradient, "values", gradient)
    token = getattr(gradient if callable(values) else values, "_id", None)
    return token if isinstance(token, int) else None
