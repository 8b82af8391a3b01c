"""Of 16-bit variables: how many entries an optimizer's step left as they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch

from whygrad.backends.torch.gradients import Before, plain

_SHORT: Final = (torch.float16, torch.bfloat16)


def stayed(before: Before, gradients: Sequence[Any]) -> dict[int, float]:
    """By place: the share of those entries which have a gradient other than zero. Of a large
    tensor, of an even sample of it.
    """
    views: list[Callable[[Any], Any] | None] = [None] * len(before.whole)
    views += before.views
    copies = before.copies + before.samples
    pairs = zip(before.whole + before.sampled, views, copies, strict=True)
    places: list[int] = []
    counts: list[Any] = []
    for place, view, then in pairs:
        gradient = gradients[place]
        if then.dtype not in _SHORT or gradient is None or gradient.layout is not torch.strided:
            continue
        now, gradient = plain(before.tensors[place]), plain(gradient)
        if view is not None:
            now, gradient = view(now), view(gradient)
        if now.shape == then.shape == gradient.shape:
            asked = gradient != 0
            places.append(place)
            counts.append(torch.stack((asked.sum(), (asked & (now == then)).sum())).cpu())
    return {
        place: same / asked
        for place, (asked, same) in zip(places, (one.tolist() for one in counts), strict=True)
        if asked
    }
