"""What came back to the variables, and whether they moved.

Done with NumPy on the memory of eager tensors (on a CPU, nothing is copied for it): no op of
TensorFlow's runs but the reading of variables, and no random number is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from whygrad.backends.keras.inventory.things import inner, is_variable, other
from whygrad.model.report import Gradient

COPIED_WHOLE = 1 << 18
"""Variables up to this many elements are copied before a step; of larger ones, a sample is."""

SAMPLE = 1 << 12
_ROWS = 8
_FLOATS = "fcV"


class Unmeasured:
    """Stands for a gradient that there is, and whose numbers are not known."""

    def __repr__(self) -> str:
        return "a gradient that was not measured"


UNMEASURED: Final = Unmeasured()


class Measured(NamedTuple):
    """A gradient: its kind and its norm."""

    kind: Gradient
    norm: float | None


ABSENT = Measured(Gradient.NONE, None)


def numbers_of(thing: Any) -> Any:
    """The numbers of a tensor or variable, not to be kept; None where there are none to read."""
    if (kit := other(thing)) is not None:
        return kit.numbers_of(thing)
    if is_variable(thing):
        variable = inner(thing)
        from tensorflow.python.ops import gen_resource_variable_ops as ops

        thing = ops.read_variable_op(variable.handle, variable.dtype.base_dtype)
    read = getattr(thing, "_numpy", None)
    return read() if read is not None else None


def measure(gradient: Any) -> Measured:
    """Classify one gradient: a tensor, rows (`IndexedSlices`), or None."""
    if gradient is None:
        return ABSENT
    numbers = _dense(gradient)
    if numbers is None:
        return Measured(Gradient.FINITE, None)
    norm = norm_of(numbers)
    if norm == 0.0:
        return Measured(Gradient.ZERO, 0.0)
    if math.isnan(norm):
        return Measured(Gradient.NAN, None)
    return Measured(Gradient.INF, None) if math.isinf(norm) else Measured(Gradient.FINITE, norm)


def norm_of(numbers: Any) -> float:
    """The norm, nan or inf where an entry is. The sum of squares of float32 may over- or underflow,
    and then it is formed again in float64.
    """
    flat = plain(numbers).reshape(-1)
    if not flat.size:
        return 0.0
    with np.errstate(all="ignore"):
        norm = float(np.sqrt(np.vdot(flat, flat).real))
        if 0.0 < norm < math.inf:
            return norm
        if np.isnan(flat).any():
            return math.nan
        largest = float(np.abs(flat).max())
        if largest == 0.0 or math.isinf(largest):
            return largest
        return float(np.linalg.norm((flat / largest).astype(np.float64))) * largest


def plain(numbers: Any) -> Any:
    """As floats that NumPy can add up: not 16 bits wide."""
    if numbers.dtype.kind in "fc" and numbers.dtype.itemsize >= 4:
        return numbers
    return numbers.astype(np.float32)


def _dense(gradient: Any) -> Any:
    indices = getattr(gradient, "indices", None)
    if indices is None:
        flat = getattr(gradient, "flat_values", gradient)
        return numbers_of(flat)
    values, rows = numbers_of(gradient.values), numbers_of(indices)
    if values is None or rows is None or not rows.size:
        return values
    different, places = np.unique(rows, return_inverse=True)
    if len(different) == rows.size:
        return values
    summed = np.zeros((len(different), *values.shape[1:]), plain(values).dtype)
    np.add.at(summed, places.reshape(-1), plain(values))
    return summed


def rows_of(gradient: Any) -> Any:
    """Of a gradient for few rows, some of these; None otherwise."""
    indices = getattr(gradient, "indices", None)
    rows = None if indices is None else numbers_of(indices)
    return None if rows is None or not rows.size else np.unique(rows)[:_ROWS]


class Moved(NamedTuple):
    """Whether a variable changed, by how much; None where that was not measured."""

    moved: bool | None
    by: float | None
    ratio: float | None = None
    stayed: float | None = None


@dataclass(slots=True)
class Before:
    """What one variable held before a step, as little of it as is enough to tell."""

    numbers: Any
    rows: Any = None
    step: int = 1
    """Every so many entries were kept; 0 for some rows."""

    @classmethod
    def of(cls, thing: Any, gradient: Any = None, *, doubtful: bool = False) -> Before | None:
        """Take it down. A doubtful large one, not expected to move, is kept whole."""
        numbers = numbers_of(thing)
        if numbers is None or not numbers.size or numbers.dtype.kind not in "fciuV":
            return None
        if numbers.size <= COPIED_WHOLE or doubtful:
            return cls(numbers.copy())
        rows = rows_of(gradient)
        if rows is not None:
            return cls(numbers[rows], rows, 0)
        step = numbers.size // SAMPLE
        return cls(numbers.reshape(-1)[::step].copy(), None, step)

    def compare(self, thing: Any, *, sixteen: bool = False) -> Moved:
        """Look again. A sample that changed proves movement; one that did not proves nothing."""
        numbers = numbers_of(thing)
        if numbers is None:
            return Moved(None, None)
        whole = self.step == 1
        now = numbers
        if not whole:
            now = numbers[self.rows] if self.step == 0 else numbers.reshape(-1)[:: self.step]
        if now.shape != self.numbers.shape:
            return Moved(True, None)
        changed = now != self.numbers
        if self.numbers.dtype.kind in "fcV":
            both = plain(now), plain(self.numbers)
            changed = changed & ~(np.isnan(both[0]) & np.isnan(both[1]))
        if not changed.any():
            return Moved(False if whole else None, 0.0 if whole else None, stayed=1.0)
        with np.errstate(all="ignore"):
            by = norm_of(plain(now) - plain(self.numbers))
        by = by if math.isfinite(by) else math.nan
        even = self.step > 0 and 2 * int(changed.sum()) >= now.size
        size = norm_of(self.numbers) if even and not whole else 0.0
        stayed = 1.0 - float(changed.mean()) if sixteen else None
        return Moved(
            True,
            by if whole and math.isfinite(by) else None,
            by / size if size and math.isfinite(by) else None,
            stayed,
        )


def weights(things: Iterable[Any]) -> list[float | None]:
    """The norm of each, where it has one."""
    found: list[float | None] = []
    for thing in things:
        numbers = numbers_of(thing)
        usable = numbers is not None and numbers.dtype.kind in _FLOATS
        norm = norm_of(numbers) if usable else math.nan
        found.append(norm if math.isfinite(norm) else None)
    return found
