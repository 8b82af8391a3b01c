"""What holds gradient back in a changed step: the next op that makes a nan, or a zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from whygrad.backends.tensorflow.probing.following import first_bad
from whygrad.backends.tensorflow.probing.probe import probe
from whygrad.backends.tensorflow.replay.changes import Changed
from whygrad.backends.tensorflow.replay.program import Program
from whygrad.flow.replaying import Change, ChangeKind, Replayed
from whygrad.model.report import Gradient


def uncovered(program: Program, changes: Sequence[Change], told: Replayed) -> Replayed:
    """What a replay told, and what it uncovered."""
    return _with_next(program, changes, _with_probe(program, changes, told))


def _with_probe(program: Program, changes: Sequence[Change], told: Replayed) -> Replayed:
    """What holds gradient back now, where it came no further for the change."""
    sick = {value: Gradient.ZERO for value, norm in told.gradients.items() if norm == 0.0}
    kinds = {change.kind for change in changes}
    if not sick or not kinds or not kinds <= {ChangeKind.REVIVE, ChangeKind.BYPASS}:
        return told
    changed = Changed(program, changes)
    try:
        found = probe(program, sick, changed=changed)
    finally:
        changed.clear()
    return told if found.failed is not None else replace(told, probe=found)


def _with_next(program: Program, changes: Sequence[Change], told: Replayed) -> Replayed:
    """What makes the first nan or inf now, where the op kept safe made the first before."""
    graph = program.graph
    safe = {graph.edge_ops[e] for c in changes if c.kind is ChangeKind.SAFE for e in c.edges}
    still = [
        v for v, norm in told.gradients.items() if norm is not None and not math.isfinite(norm)
    ]
    if not safe or not still:
        return told
    before, _ = first_bad(program, still)
    if before is None or before.op not in safe:
        return told
    changed = Changed(program, changes)
    try:
        after, numbers = first_bad(program, still, changed)
    finally:
        changed.clear()
    if after is None or after.op in safe or after.data:
        return told
    return replace(told, next_bad=after.op, bad=after, numbers=numbers)
