"""Integers have no gradient: a variable made of them cannot train."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.graph.crossing import crosses
from whygrad.causes.rule import Match, Rule
from whygrad.causes.ways import first_use, path_to_loss
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_INDEXING = ("embedding", "getitem", "index_select", "gather", "take", "one_hot", "scatter")


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    yield from _cast(case, sources)
    yield from _variable(case)


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    said = f"`{op.name}`{at(op.place)} turns the values into integers, and those have no gradient"
    return said, ()


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    return Fix("stay in floating point, or use a straight-through estimator", safe=False)


_cast = crosses(Barrier.INTEGER, saying=_saying, mending=_mending)


def _variable(case: Case) -> Iterator[Match]:
    variable = case.variable
    if variable.floating or variable.home is not Home.REGISTERED or variable.owned_by_library:
        return
    use = first_use(case)
    if case.verdict is Verdict.UNUSED or use is None or use.name.strip("_") in _INDEXING:
        return
    yield Match(
        Severity.WARNING,
        variable.made_at,
        lambda n: (
            f"{n} cannot train: {n.its} dtype is `{variable.dtype}`, and only floating point"
            " numbers have a gradient"
        ),
        fix=Fix("make it of floats, e.g. `torch.tensor(2.0)` in place of `torch.tensor(2)`"),
        path=path_to_loss(case),
    )


RULE = Rule("integer-dtype", in_case=in_case)
