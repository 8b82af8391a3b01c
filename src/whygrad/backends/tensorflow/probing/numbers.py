"""Tensors in short, by NumPy: no op of TensorFlow runs for it, and a CPU copies nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from whygrad.backends.shared import arrays
from whygrad.backends.tensorflow.replay.linking import is_rows
from whygrad.flow.measuring.rounding import SAMPLE
from whygrad.flow.measuring.sizes import Size
from whygrad.flow.probe import Numbers


def entries(tensor: Any) -> Any:
    """The entries of a tensor as real numbers in which no sum of squares overflows or vanishes."""
    if is_rows(tensor):
        tensor = _summed(tensor)
    array = np.asarray(tensor._numpy() if hasattr(tensor, "_numpy") else tensor)
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag], -1)
    return array.astype(np.float64)


def _summed(rows: Any) -> Any:
    """A gradient for some rows of a table: the same row may be named more than once."""
    values, places = rows.values._numpy(), rows.indices._numpy().reshape(-1)
    different, inverse = np.unique(places, return_inverse=True)
    summed = np.zeros((len(different), *values.shape[1:]), np.float64)
    np.add.at(summed, inverse.reshape(-1), values.astype(np.float64))
    return summed


def size(tensor: Any) -> Size:
    """A gradient or a value in short."""
    return arrays.size(entries(tensor))


def summary(tensor: Any) -> Numbers:
    """A value, for people."""
    return arrays.summary(entries(tensor))


def sample(gradient: Any) -> Any:
    """A copy of an even sample: a view would keep the whole gradient alive."""
    flat = entries(gradient).reshape(-1)
    return flat[:: max(1, flat.size // SAMPLE)].copy()
