"""A backward that the person, or a library, wrote: it gives nothing back for this input."""

from __future__ import annotations

from whygrad.causes.graph.crossing import crosses
from whygrad.causes.rule import Rule
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.model.report import Gradient
from whygrad.model.source import Fix
from whygrad.source.files import Sources


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    gives = "a gradient of exactly zero" if case.gradient is Gradient.ZERO else "no gradient"
    said = f"the backward of `{op.name}`{at(op.place)} gives {gives} for this input"
    return said, (op.detail,) if op.detail else ()


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    return Fix(
        "return a gradient for every input from `backward`, and pass tensors to `apply` as"
        " arguments, not through attributes or closures"
    )


RULE = Rule(
    "custom-gradient", in_case=crosses(Barrier.CUSTOM_GRADIENT, saying=_saying, mending=_mending)
)
