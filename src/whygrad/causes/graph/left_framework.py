"""Through Python or NumPy and back: what comes back is a constant."""

from __future__ import annotations

from functools import partial

from whygrad.causes.graph.crossing import crosses
from whygrad.causes.graph.in_source import cuts
from whygrad.causes.mend import Make, mended
from whygrad.causes.rule import Rule
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.model.source import Fix
from whygrad.source.edits import drop_array, drop_exit
from whygrad.source.files import Sources

_BUILTINS = ("float", "int", "bool", "complex")


def _spelled(op: Op) -> str:
    if op.name.strip("_") in _BUILTINS:
        return f"`{op.name.strip('_')}()`"
    if op.name in ("numpy", "item", "tolist"):
        return f"`.{op.name}()`"
    return f"`{op.name}`"


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    step = case.cut_step
    evidence: tuple[str, ...] = ()
    if step is not None:
        graph = case.recording.steps[step].graph
        after = graph.out_of(edge.target)
        if op.detail is not None and op.back is not None:
            evidence = (f"it {op.detail} as a constant",)
        elif after:
            back = graph.ops[graph.edge_ops[after[0]]]
            seen = "concluded" if edge.inferred else "seen"
            evidence = (f"it comes back as a constant in `{back.name}`{at(back.place)} ({seen})",)
    said = f"{_spelled(op)}{at(op.place)} takes the value out of {case.recording.dialect.framework}"
    return f"{said}, where no gradient is known, and what comes back is a constant", evidence


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    drop: Make | None = None
    if op.name in ("item", "float"):
        drop = partial(drop_exit, back=op.back)
    elif op.name == "numpy" and case.recording.dialect.framework == "tensorflow":
        drop = drop_array
    if drop is not None:
        fix = mended(sources, op.place, f"keep the tensor: drop {_spelled(op)}", drop)
        if fix.edits:
            return fix
    return Fix("compute with the tensor itself, and take numbers out for printing only")


def _undone(op: Op) -> str:
    return f"what came back linked to what left by {_spelled(op)}"


RULE = Rule(
    "left-framework",
    in_case=crosses(Barrier.LEFT_FRAMEWORK, saying=_saying, mending=_mending, undone=_undone),
    in_source=cuts("left-framework"),
)
