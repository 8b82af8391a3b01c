"""A new leaf made of a computed value: the history of the value stays behind."""

from __future__ import annotations

import ast

from whygrad.causes.graph.crossing import crosses
from whygrad.causes.mend import replaced
from whygrad.causes.rule import Rule
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.graph import Barrier, Edge, Op
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_MAKERS = ("tensor", "as_tensor", "Variable", "Parameter")


def _saying(case: Case, op: Op, edge: Edge) -> tuple[str, tuple[str, ...]]:
    if "requires_grad" in op.name:
        return (
            f"`{op.name}`{at(op.place)} asks for a gradient of a value that has no history: it"
            " makes a new leaf, and gradient ends there"
        ), ()
    return (
        f"`{op.name}`{at(op.place)} copies the value into a new tensor that does not know what it"
        " was computed from"
    ), ()


def _mending(case: Case, op: Op, sources: Sources) -> Fix:
    message = "use the computed tensor itself"
    module = sources.module(op.place.path) if op.place is not None else None
    node = module.expression_at(op.place) if module is not None and op.place is not None else None
    if module is None or not isinstance(node, ast.Call) or len(node.args) != 1:
        return Fix(message)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else None
    name = node.func.id if isinstance(node.func, ast.Name) else name
    argument = node.args[0]
    # A list of numbers is no tensor: dropping the call would change what is computed.
    if name not in _MAKERS or not isinstance(argument, ast.Name | ast.Attribute | ast.Call):
        return Fix(message)
    if any(keyword.arg not in ("requires_grad",) for keyword in node.keywords):
        return Fix(message)
    text = module.segment(argument)
    if text.endswith(".item()"):
        text = text.removesuffix(".item()")
    return Fix(message, (replaced(module, node, text),))


RULE = Rule("rewrapped", in_case=crosses(Barrier.REWRAPPED, saying=_saying, mending=_mending))
