"""Several probes of one step as one."""

from __future__ import annotations

from collections.abc import Sequence

from whygrad.flow.probe import Probe


def merged(probes: Sequence[Probe]) -> Probe | None:
    """Of a step that was measured more than once (two optimisers take turns), all together."""
    good = [one for one in probes if one.failed is None]
    if not good:
        return probes[0] if probes else None
    first, *others = good
    if not others:
        return first
    for other in others:
        first = Probe(
            {**first.edges, **other.edges}, {**first.totals, **other.totals},
            {**first.numbers, **other.numbers}, {**first.axis, **other.axis},
            {**first.units, **other.units}, first.bad or other.bad,
            {**first.flushed, **other.flushed}, {**first.wider, **other.wider},
            max(first.measured, other.measured), first.deaf | other.deaf,
            tuple(good),
        )  # fmt: skip
    return first
