"""What an update did to each variable, by its values before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from whygrad.backends.keras.inventory.current import Row
from whygrad.backends.keras.inventory.measuring import Before, measure, norm_of, numbers_of
from whygrad.backends.keras.inventory.things import dtype_of
from whygrad.model.report import Gradient

_SIXTEEN = ("bfloat16", "float16")


def moves(
    rows: Sequence[Row | None], gradients: Sequence[Any], old: Sequence[Any], new: Sequence[Any]
) -> None:
    """Write into the rows what came of one update. A value that is None was not seen."""
    for place, row in enumerate(rows):
        if row is None:
            continue
        gradient, before, after = (_at(values, place) for values in (gradients, old, new))
        if gradient is not None:
            found = measure(gradient)
            if row.given is None or row.given.kind is not Gradient.FINITE:
                row.given = found
        if before is None or after is None:
            continue
        kept = Before.of(before, doubtful=True)
        if kept is None:
            continue
        seen = kept.compare(after, sixteen=dtype_of(row.thing) in _SIXTEEN)
        row.moved = True if row.moved else seen.moved
        row.by = seen.by if row.by is None else row.by
        row.ratio = seen.ratio if row.ratio is None else row.ratio
        row.stayed = seen.stayed if row.stayed is None else row.stayed
        if row.weight is None:
            row.weight = norm_of(numbers_of(before))


def rate_among(optimizer: Any) -> int | None:
    """Where the rate stands among an optimizer's own variables; None where it is a schedule."""
    rate = getattr(optimizer, "_learning_rate", None)
    found = (place for place, each in enumerate(optimizer.variables) if each is rate)
    return next(found, None)


def nothing_moved(old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Whether every value is what it was: gradients were only added up."""
    pairs = [(numbers_of(a), numbers_of(b)) for a, b in zip(old, new, strict=False)]
    return bool(pairs) and all(np.array_equal(a, b) for a, b in pairs)


def _at(values: Sequence[Any], place: int) -> Any:
    return values[place] if place < len(values) else None
