"""All inputs of an activation lie where it is flat: sigmoid, tanh, softmax, clamp."""

from __future__ import annotations

from typing import Final

from whygrad.causes.rule import Rule
from whygrad.causes.zero.late import when
from whygrad.causes.zero.matching import Said, dies_at
from whygrad.causes.zero.scene import Scene, bare
from whygrad.causes.zero.spots import Spot
from whygrad.causes.zero.telling import bias_of, input_of, made_of, named, ranged, spread
from whygrad.flow.case import Case
from whygrad.flow.graph import Op
from whygrad.flow.kinds import Kind
from whygrad.flow.replaying import ChangeKind
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_FLAT_BEYOND: Final = {
    "sigmoid": "above 17 and below -104",
    "tanh": "beyond 9 on either side",
    "hardtanh": "outside its bounds",
    "clamp": "outside its bounds",
    "clip": "outside its bounds",
    "relu6": "below 0 and above 6",
    "hardsigmoid": "beyond 3 on either side",
    "logsigmoid": "above 104",
    "softmax": "where one score is more than 104 above all others",
    "log_softmax": "where one score is more than 104 above all others",
}
"""In float32, where the slope is exactly zero."""


def _saying(case: Case, at: Scene, spot: Spot, sources: Sources) -> Said:
    op = at.graph.ops[spot.op]
    edge = spot.edges[0]
    revived = op.kind in (Kind.SQUASH, Kind.SOFTMAX, Kind.EXPONENTIAL)
    evidence = [line for line in (input_of(at, edge), *made_of(at, edge)) if line is not None]
    if (result := ranged(at, at.graph.targets[edge])) is not None:
        evidence.append(f"its result: {result}")
    if bare(op) in _FLAT_BEYOND:
        evidence.append(f"`{op.name}` has a slope of exactly zero {_FLAT_BEYOND[bare(op)]}")
    return Said(
        f"{named(op)} {_flat(case, at, spot, op)}",
        tuple(evidence),
        _mended(at, spot, op),
        words=(
            f"the inputs of `{op.name}` moved to where it has a slope"
            if revived
            else f"`{op.name}` left out of the backward pass"
        ),
        change=ChangeKind.REVIVE if revived else ChangeKind.BYPASS,
    )


def _flat(case: Case, at: Scene, spot: Spot, op: Op) -> str:
    steps = when(case)
    numbers = at.numbers(at.graph.sources[spot.edges[0]])
    size = f" ({spread(numbers)})" if numbers is not None and numbers.count else ""
    if op.kind is Kind.SOFTMAX:
        return f"gave one entry all and the others nothing {steps}, by its scores{size}"
    return f"was flat for all of its inputs{size} {steps}"


def _mended(at: Scene, spot: Spot, op: Op) -> Fix:
    if op.kind is Kind.SOFTMAX:
        return Fix(
            "scale the scores down: a higher temperature, or divide by the root of the width"
        )
    if op.kind is Kind.LOSS:
        return Fix("scale down what goes into the loss: it is at its lowest for every entry")
    bias = bias_of(at, spot.edges[0])
    if bias is not None:
        return Fix(f"begin `{bias[0]}` nearer to 0 (it is {spread(bias[1])})")
    if op.kind in (Kind.CLAMP, Kind.SELECTION) or op.name == "hardtanh":
        return Fix(
            f"move what goes into `{op.name}` inside its bounds, or bound it smoothly (`sigmoid`,"
            " `tanh`)"
        )
    return Fix("scale its inputs down: normalize the data, or begin with smaller weights")


RULE = Rule("saturated", in_case=dies_at("saturated", _saying), healthy_too=True)
