"""Eager tensors that left for NumPy without a word.

A function of NumPy reads a tensor's memory (the buffer protocol, TensorFlow 2.21) and asks no
method of it. What it makes of that comes back as an array: names in the person's source lead there
from a value that no op used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from whygrad.backends.tensorflow.log import Phase, Record, StepLog
from whygrad.runtime.leaving import Leaving, Left, Link

_MANY: Final = 64
"""So many values without a use are looked at, the latest; so many arrays, the first."""


def links(log: StepLog, leaving: Leaving) -> list[Link]:
    """All links of a step, those included of which only the coming back was seen."""
    found = leaving.links()
    known = {link.came.value for link in found}
    arrays = [came for came in leaving.comes if came.tokens and came.value not in known]
    if arrays and (lefts := list(_unused(log))[-_MANY:]):
        found += [
            Link(leaving.given_to_numpy(left), came)
            for came in arrays[:_MANY]
            for left in lefts
            if left.value < came.value and left.site != came.site and leaving.leads(left, came)
        ]
    return found


def _unused(log: StepLog) -> Iterable[Left]:
    used = {value for record in log.records for value in record.ins}
    used.update(target for ask in log.asks for target in ask.targets)
    for record in log.records:
        # What runs outside of every tape, such as the making of weights, is nobody's forward pass.
        if not isinstance(record, Record) or not record.tapes or not record.site:
            continue
        if record.phase is not Phase.FORWARD:
            continue
        for out in record.outs:
            if out >= 0 and log.floats[out] and out not in used:
                yield Left(out, "NumPy", record.site, (record.site,), frozenset(), ())
