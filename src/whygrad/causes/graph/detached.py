"""`.detach()`, `.data`: the numbers go on, the gradient does not."""

from __future__ import annotations

from functools import partial
from typing import Final

from whygrad.causes.graph.crossing import crosses
from whygrad.causes.mend import mended
from whygrad.causes.rule import Rule
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.model.source import Fix
from whygrad.source.edits import drop_cut
from whygrad.source.files import Sources

_CUTS: Final = frozenset({"detach", "detach_", "data"})


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    return f"{_spelled(op)}{at(op.place)} lets the numbers through and stops the gradient", ()


def _spelled(op: Op) -> str:
    return "`.data`" if op.name in ("data", "Tensor.data") else f"`.{op.name}()`"


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    return mended(sources, op.place, f"drop {_spelled(op)}", partial(drop_cut, names=_CUTS))


def _undone(op: Op) -> str:
    return f"{_spelled(op)} taken away"


RULE = Rule(
    "detached",
    in_case=crosses(Barrier.DETACHED, saying=_saying, mending=_mending, undone=_undone),
)
