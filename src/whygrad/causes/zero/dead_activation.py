"""Units that are off for every input: a ReLU below zero, a hinge whose margin is always kept."""

from __future__ import annotations

from typing import Final

from whygrad.causes.rule import Rule
from whygrad.causes.zero.late import when
from whygrad.causes.zero.matching import Said, dies_at, ends_in_loss
from whygrad.causes.zero.scene import Scene
from whygrad.causes.zero.spots import Spot
from whygrad.causes.zero.telling import bias_of, input_of, made_of, named, spread
from whygrad.flow.case import Case
from whygrad.flow.kinds import Kind
from whygrad.flow.replaying import ChangeKind
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_BOUNDED: Final = frozenset({"threshold", "hardshrink", "softshrink"})
"""Their threshold is a number that the person gave."""


def _saying(case: Case, at: Scene, spot: Spot, sources: Sources) -> Said:
    op = at.graph.ops[spot.op]
    edge = spot.edges[0]
    hinge = op.kind is Kind.LOSS or ends_in_loss(at, spot)
    revived = op.kind in (Kind.RECTIFIER, Kind.CLAMP) and op.name not in _BOUNDED
    evidence = [line for line in (input_of(at, edge), *made_of(at, edge)) if line is not None]
    return Said(
        f"{named(op)} let nothing through: {_share(case, at, spot)}",
        tuple(evidence),
        _mended(at, spot, hinge=hinge),
        words=(
            f"the units of `{op.name}` moved above 0"
            if revived
            else f"`{op.name}` left out of the backward pass"
        ),
        change=ChangeKind.REVIVE if revived else ChangeKind.BYPASS,
    )


def _share(case: Case, at: Scene, spot: Spot) -> str:
    """How many units were off, over all observed batches."""
    op = at.graph.ops[spot.op]
    steps = when(case)
    if op.kind is Kind.LOSS:
        return f"the margin was kept by every entry {steps}"
    side = "at most 0"
    numbers = at.numbers(at.graph.sources[spot.edges[0]])
    if op.name in _BOUNDED or numbers is None or numbers.high > 0:
        side = "on its flat side"
    dead = case.run.dead_units(spot.step, spot.op)
    if dead is None:
        count = f"all {numbers.count} entries were" if numbers is not None else "every entry was"
        return f"{count} {side} {steps}"
    total = len(dead.units)
    if dead.count == total:
        what = f"all {total} units were" if total > 1 else "its only unit was"
        return f"{what} {side} {steps}"
    return (
        f"{dead.count} of {total} units were {side} {steps}, and no gradient arrives at the others"
    )


def _mended(at: Scene, spot: Spot, *, hinge: bool) -> Fix:
    op = at.graph.ops[spot.op]
    if hinge:
        return Fix(
            "look at the margin and at the sign of what is compared with it: as it stands the loss"
            " asks for nothing"
        )
    if op.name in _BOUNDED:
        return Fix(f"lower the threshold of `{op.name}`: no input reaches it")
    bias = bias_of(at, spot.edges[0])
    if bias is not None and bias[1].mean < 0:
        name, numbers = bias
        return Fix(f"begin `{name}` near 0 (it is {spread(numbers)})")
    return Fix(
        "let its inputs have both signs: centre the data, begin with weights of both signs, lower"
        " the learning rate; or use an activation that is nowhere flat, such as `nn.LeakyReLU`"
    )


RULE = Rule("dead-activation", in_case=dies_at("dead-activation", _saying), healthy_too=True)
