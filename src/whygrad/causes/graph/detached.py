"""`.detach()`, `.data`: the numbers go on, the gradient does not."""

from __future__ import annotations

from functools import partial
from typing import Final

from whygrad.causes.graph.crossing import crosses
from whygrad.causes.graph.in_source import cuts
from whygrad.causes.mend import mended
from whygrad.causes.rule import Rule
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.model.source import Fix
from whygrad.source.edits import drop_call, drop_cut
from whygrad.source.files import Sources

_CUTS: Final = frozenset({"detach", "detach_", "data"})
_STOP: Final = "stop_gradient"


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    return f"{_spelled(op)}{at(op.place)} lets the numbers through and stops the gradient", ()


def _spelled(op: Op) -> str:
    if op.name in ("data", "Tensor.data"):
        return "`.data`"
    return f"`{op.name}`" if _stops(op) else f"`.{op.name}()`"


def _stops(op: Op) -> bool:
    return op.name.endswith(_STOP)


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    if _shared(case, op):
        # Without it the first backward would free what the second one needs.
        return Fix(
            f"give {_spelled(op)} only to the loss that is not to train it; the other one needs"
            " the tensor itself"
        )
    drop = partial(drop_call, name=_STOP) if _stops(op) else partial(drop_cut, names=_CUTS)
    return mended(sources, op.place, f"drop {_spelled(op)}", drop)


def _shared(case: Case, op: Op) -> bool:
    """Whether several backward calls of one step go through what came of it."""
    for graph, edge in case.cuts:
        if graph.ops[edge.op] is not op or len(graph.losses) < 2:
            continue
        seen, todo = {edge.target}, [edge.target]
        while todo:
            for number in graph.out_of(todo.pop()):
                if graph.barriers[number] == Barrier.NONE and graph.targets[number] not in seen:
                    seen.add(graph.targets[number])
                    todo.append(graph.targets[number])
        if len(seen.intersection(graph.losses)) > 1:
            return True
    return False


def _undone(op: Op) -> str:
    return f"{_spelled(op)} taken away"


RULE = Rule(
    "detached",
    in_case=crosses(Barrier.DETACHED, saying=_saying, mending=_mending, undone=_undone),
    in_source=cuts("detached"),
)
