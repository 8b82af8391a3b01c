"""An op that gives the same whatever goes in, but for rounding."""

from __future__ import annotations

from typing import Final

from whygrad.causes.mend import mended
from whygrad.causes.rule import Rule
from whygrad.causes.words import number
from whygrad.causes.zero.matching import Said, dies_at
from whygrad.causes.zero.scene import Scene, reader
from whygrad.causes.zero.spots import Spot
from whygrad.causes.zero.telling import named
from whygrad.causes.zero.whys import Why
from whygrad.flow.case import Case
from whygrad.flow.graph import Op
from whygrad.flow.kinds import Kind
from whygrad.flow.replaying import ChangeKind
from whygrad.model.source import Fix
from whygrad.source.edits import softmax_to_sigmoid
from whygrad.source.files import Sources

_ALWAYS: Final = {
    Kind.SOFTMAX: "works over an axis with a single entry, so it gives 1 whatever goes in",
    Kind.NORMALIZATION: "normalizes single numbers, so it gives the same whatever goes in",
    Kind.LOSS: "sees a single class, so the loss is 0 whatever goes in",
}


def _saying(case: Case, at: Scene, spot: Spot, sources: Sources) -> Said:
    if spot.why is Why.SHIFT:
        return _shift(case, at, spot)
    if spot.why is Why.UNKNOWN:
        return _unknown(at, spot)
    op = at.graph.ops[spot.op]
    if spot.why is Why.SINGLE:
        text, fix = f"{named(op)} {_single(op)}", _other_axis(at, spot, op, sources)
    elif spot.why is Why.ITSELF:
        text, fix = f"{named(op)} {_itself(op)}", Fix("put something else on one of the two sides")
    elif spot.why is Why.SUMMED:
        inner = at.graph.ops[at.graph.edge_ops[spot.death.edge]]
        text = (
            f"{named(op)} adds up what {named(inner)} gives, and that comes to the same whatever"
            " goes in"
        )
        fix = Fix(f"use the entries of `{inner.name}` one by one: their squares, their entropy")
    else:
        text = f"{named(op)} takes out all that changes with its input"
        fix = Fix(f"leave out `{op.name}`, or normalize over another axis")
    return Said(
        text,
        fix=fix,
        words=f"`{op.name}` left out of the backward pass",
        change=ChangeKind.BYPASS,
    )


def _single(op: Op) -> str:
    if op.name in ("log_softmax", "special_log_softmax"):
        return "works over an axis with a single entry, so it gives 0 whatever goes in"
    if op.name in ("normalize", "cosine_similarity"):
        return "divides single numbers by their own size, so only their sign is left"
    return _ALWAYS.get(op.kind, "works on single numbers, so it gives the same whatever goes in")


def _itself(op: Op) -> str:
    if op.kind is Kind.DIVISION:
        return "divides a value by itself, so it gives the same whatever goes in"
    if op.kind is Kind.DIFFERENCE:
        return "subtracts a value from itself, so it gives 0 whatever goes in"
    if op.kind is Kind.LOSS:
        return "compares a value with itself"
    return "brings a value together with itself, and the two cancel"


def _other_axis(at: Scene, spot: Spot, op: Op, sources: Sources) -> Fix:
    if op.kind is Kind.LOSS:
        return Fix("use `nn.BCEWithLogitsLoss` for a single output, or an output for each class")
    if op.kind is not Kind.SOFTMAX:
        return Fix(f"leave out `{op.name}`, or normalize over an axis with several entries")
    following, _ = reader(at, at.graph.targets[spot.edges[0]])
    if following is None or following.kind is not Kind.LOSS or op.name != "softmax":
        return Fix("use the axis that holds the alternatives; `sigmoid` for a single output")
    message = "use `sigmoid` for a single output"
    return mended(sources, op.place, message, softmax_to_sigmoid, safe=False)


def _shift(case: Case, at: Scene, spot: Spot) -> Said:
    death = spot.death
    op = at.graph.ops[death.because if death.because is not None else spot.op]
    taken = {
        Kind.NORMALIZATION: "takes out what is the same for all entries",
        Kind.SOFTMAX: "takes no notice of what is added to all scores alike",
        Kind.DIFFERENCE: "takes the difference of two values that it is in alike",
        Kind.ROOT: "takes distances of values that it is in alike",
        Kind.LOSS: "takes no notice of what is added to all entries alike",
    }.get(op.kind, "lets the parts of its gradient cancel")
    rounding = "; what comes back is rounding noise" if spot.noise else ""
    return Said(
        f"{named(op)} {taken}{rounding}",
        ("nothing is lost by it: it could as well be left out",),
        place=case.variable.made_at,
        words="nothing is lost by it, so there is nothing to take away",
    )


def _unknown(at: Scene, spot: Spot) -> Said:
    op = at.graph.ops[spot.op]
    arrived = number(spot.death.arrived)
    return Said(
        f"a gradient of norm {arrived} arrives at {named(op)}, and nothing goes on from there",
        ("why this op passes nothing on was not seen",),
        words=f"`{op.name}` left out of the backward pass",
        change=ChangeKind.BYPASS,
    )


RULE = Rule("constant-output", in_case=dies_at("constant-output", _saying), healthy_too=True)
