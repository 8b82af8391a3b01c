"""What the causes of this family say alike: what follows from not being listed."""

from __future__ import annotations

import re
from typing import Final

from whygrad.causes.rule import Subject
from whygrad.causes.ways import first_use, uses, without
from whygrad.causes.words import at, growth, number, optimizers_named
from whygrad.flow.case import Case
from whygrad.flow.graph import FlowGraph
from whygrad.flow.trace import Verdict, reason
from whygrad.flow.variable import Making
from whygrad.source.files import Sources

_WEIGHT_OPS: Final = (
    "mul",
    "matmul",
    "mm",
    "bmm",
    "addmm",
    "baddbmm",
    "mv",
    "dot",
    "linear",
    "bilinear",
    "einsum",
    "tensordot",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "embedding",
    "div",
    "truediv",
    "add",
    "sub",
    "multiply",
    "divide",
    "subtract",
    "conv",
)
"""Ops by which a model uses what it has learned, as they are called with or without underscores."""


_PICKS: Final = frozenset(
    ("getitem", "strided_slice", "slice", "narrow", "select", "gather", "index_select", "unstack",
     "unbind", "expand_dims", "unsqueeze", "reshape", "view", "softmax")
)  # fmt: skip
"""Ops that hand on some of what they read, or all of it in another form."""
_LOOKED_AT: Final = 200


def consequence(case: Case, n: Subject) -> str:
    """`model.parameters()` does not list it, so Adam `optimizer` never updates it, ..."""
    dialect = case.recording.dialect
    optimizers = case.recording.optimizers
    if len(optimizers) > 3 or not optimizers:
        updates = f"no optimizer updates {n.it}"
    else:
        updates = f"{optimizers_named(case.recording)} never update{_s(len(optimizers))} {n.it}"
    return f"`{dialect.listing}` does not list {n.it}, so {updates}, {_lost(case, n.it)}"


def losing(case: Case, it: str) -> str:
    """What else becomes of what is not registered."""
    return case.recording.dialect.loses.format(it=it)


def _lost(case: Case, it: str) -> str:
    """The last part of a list: torch's own words hold two parts."""
    lost = losing(case, it)
    return lost if " and " in lost else f"and {lost}"


def unlisted(case: Case) -> tuple[str, ...]:
    """The numbers behind it: the gradient that piles up, the value that stays, the use."""
    variable = case.variable
    evidence = []
    grown = growth(variable)
    if grown is not None:
        evidence.append(
            f"its gradient grows step after step: norms {grown}: `zero_grad()` never clears it"
        )
    elif case.got_gradient:
        norm = next((s.gradient_norm for s in variable.steps if s.gradient_norm), None)
        backward = case.recording.dialect.spelled("backward")
        evidence.append(f"{backward} gives it a gradient of norm {number(norm)}")
    if case.moved is False and case.run.stepped:
        count = len(case.recording.steps)
        evidence.append(
            f"its value did not change in {count} step{'s' if count > 1 else ''} of the optimizer"
        )
    use = first_use(case)
    if use is not None:
        evidence.append(f"it is used by `{use.name}`{at(use.place)}")
    return tuple(evidence)


def kept_by_hand(case: Case, sources: Sources) -> bool | None:
    """Whether a variable that no optimizer holds is a state which the program writes itself: an
    annealed factor, an average. True where it was seen to move, None where its file has a line that
    assigns to it. A plain tensor is never written.
    """
    if not case.recording.dialect.watches or case.held:
        return False
    if case.moved and not case.got_gradient:
        return True
    name = case.variable.name.rpartition(".")[2]
    module = sources.module(case.variable.made_at.path) if case.variable.made_at else None
    own = re.escape(name)
    written = re.compile(rf"\b{own}\.assign(_add|_sub)?\(|\bset_value\([\w.]*\b{own}\b")
    return None if module is not None and written.search(module.text) else False


def looks_like_weight(case: Case) -> bool:
    """Random numbers that are multiplied in on a way that gradient could take."""
    if case.variable.making is not Making.RANDOM or not _within_reach(case):
        return False
    if len({step.identity for step in case.variable.steps}) > 1:
        return False  # drawn anew: noise
    for step, seen in zip(case.recording.steps, case.variable.steps, strict=True):
        if seen.value is not None and _weighs(step.graph, seen.value):
            return True
    return False


def _weighs(graph: FlowGraph, value: int) -> bool:
    """Whether an op uses a value, or rows and entries picked from it, as weights are used."""
    todo = list(uses(graph, value))
    for edge in todo:
        name = graph.ops[graph.edge_ops[edge]].name.strip("_").rpartition(".")[2]
        if name in _WEIGHT_OPS:
            return True
        if name in _PICKS and len(todo) < _LOOKED_AT:
            todo += graph.out_of(graph.targets[edge])
    return False


def _within_reach(case: Case) -> bool:
    """Whether gradient could come; also where it is only kept off by cuts that are faults of their
    own, since they keep it from what an optimizer holds.
    """
    step = case.cut_step
    if step is None:
        return case.verdict is Verdict.WHOLE
    faults = _cuts_of_held(case, step)
    return bool(faults) and case.variable.steps[step].value not in without(case, step, faults)


def _cuts_of_held(case: Case, step: int) -> frozenset[object]:
    """Why registered variables of the same model, which an optimizer holds, get no gradient."""
    key = ("cuts of held", case.variable.model, step)
    known = case.run.memo.get(key)
    if not isinstance(known, frozenset):
        held = (v for v in case.run.by_model[case.variable.model] if v.registered and v.holders)
        others = [Case(case.run, v) for v in held if v.trainable and v.leaf]
        fronts = [one.cuts for one in others if one.cut_step == step and not one.waiting]
        known = frozenset(reason(graph, edge) for front in fronts for graph, edge in front)
        case.run.memo[key] = known
    return known


def _s(count: int) -> str:
    return "s" if count == 1 else ""
