"""Arrays in short, by NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from whygrad.flow.measuring.sizes import Size
from whygrad.flow.probe import Numbers


def entries(array: Any) -> Any:
    """The entries as real numbers in which no sum of squares overflows or vanishes."""
    found = np.asarray(array)
    if found.dtype.kind == "c":
        found = np.stack([found.real, found.imag], -1)
    return found.astype(np.float64, copy=False)


def size(array: Any) -> Size:
    """A gradient or a value in short."""
    found = entries(array)
    with np.errstate(all="ignore"):
        return Size(
            float(np.sqrt(np.sum(np.square(found)))),
            int(found.size),
            int(np.count_nonzero(found == 0)),
            int(np.count_nonzero(np.isnan(found))),
            int(np.count_nonzero(np.isinf(found))),
        )


def summary(array: Any) -> Numbers:
    """A value, for people."""
    found, short = entries(array), size(array)
    finite = found[np.isfinite(found)]
    low, high, mean = (
        (float(finite.min()), float(finite.max()), float(finite.mean()))
        if finite.size
        else (0.0, 0.0, 0.0)
    )
    positive = int(np.count_nonzero(found > 0))
    return Numbers(
        short.entries, low, high, mean, short.norm, short.zeros, positive, short.nans, short.infs
    )
