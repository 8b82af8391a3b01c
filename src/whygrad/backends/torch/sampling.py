"""An even sample of a tensor: the same entries every time, over all of its rows and columns."""

from __future__ import annotations

import functools
import math

SAMPLE = 1024
"""Of a tensor with more entries, about so many are looked at."""


@functools.lru_cache(maxsize=1 << 12)
def stride(count: int) -> int:
    """How far apart the sampled ones of `count` entries lie.

    A stride that shares a factor with the count would meet some columns again and again and
    others never: every 256th entry of a weight with 256 columns is its first column.
    """
    step = max(1, count // SAMPLE)
    while math.gcd(step, count) > 1:
        step -= 1
    return step
