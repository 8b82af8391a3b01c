"""A gradient or a value in short."""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """A tensor in short."""

    norm: float
    entries: int
    zeros: int
    nans: int
    infs: int


def added(one: Size, other: Size) -> Size:
    """Of what came at several times (several backwards), the sizes add up."""
    norm = (one.norm**2 + other.norm**2) ** 0.5
    return Size(norm, *(a + b for a, b in zip(one[1:], other[1:], strict=True)))


def is_bad(one: Size | None) -> bool:
    """Whether it holds a nan or an inf."""
    return one is not None and bool(one.nans or one.infs)
