"""Which gradients are rounding error: run again a hair's breadth off, a real gradient hardly
changes, and rounding error turns out altogether different.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from whygrad.flow.measuring.rounding import CHANGED, CHANGED_IN_HALF, TRIES
from whygrad.flow.measuring.ways import Spot

Look = Callable[[Spot, Any], None]
Squares = Callable[[Any, Any], tuple[float, float]]
"""Of two samples, the squares of the first one's norm and of that of their difference."""


def noisy(
    before: Mapping[Spot, Sequence[Any]],
    asked: Collection[Spot],
    coarsest: float,
    run: Callable[[Look, int], None],
    sample: Callable[[Any], Any],
    squares: Squares,
) -> set[Spot]:
    """Those of `asked` at which the gradient changed altogether. `run(look, seed)` runs the step
    once more, nudged; `sample` takes a few entries of a gradient.
    """
    found: set[Spot] = set()
    least = CHANGED if coarsest < 1e-5 else CHANGED_IN_HALF
    for turn in range(TRIES):
        samples: dict[Spot, list[Any]] = {}
        left = set(asked) - found
        if not left:
            break

        def look(
            spot: Spot,
            gradient: Any,
            left: set[Spot] = left,
            samples: dict[Spot, list[Any]] = samples,
        ) -> None:
            if spot in left:
                samples.setdefault(spot, []).append(sample(gradient))

        run(look, 1 + turn)
        found |= {
            spot for spot in left if _changed(before.get(spot), samples.get(spot), least, squares)
        }
    return found


def _changed(
    before: Sequence[Any] | None, after: Sequence[Any] | None, least: float, squares: Squares
) -> bool:
    if not before or not after or len(before) != len(after):
        return False
    size = change = 0.0
    for one, other in zip(before, after, strict=True):
        if one.shape != other.shape:
            return False
        own, moved = squares(one, other)
        size += own
        change += moved
    return size > 0.0 and least**2 * size < change
