"""Edits that write into a variable where its name was given another one."""

from __future__ import annotations

import ast
from typing import Final

from whygrad.model.source import SourceLocation
from whygrad.source.expressions import argument_of
from whygrad.source.imports import spelled
from whygrad.source.module import SourceModule
from whygrad.source.splice import Edits, checked, indent_of, lines_of, newline_of, replace
from whygrad.source.weights import is_variable
from whygrad.source.wrapping import parameter_calls

_OPERATORS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@",
}  # fmt: skip


def copy_instead(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`self.w = nn.Parameter(self.w.clamp(0))` to `self.w.copy_(self.w.clamp(0))` without gradient.

    Only where it is made of itself: another thing may be of another shape.
    """
    statement = module.statement_of(place)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, call = statement.targets[0], statement.value
    if not isinstance(target, ast.Attribute) or call not in parameter_calls(module, call):
        return None
    value = argument_of(call, 0, "data") if isinstance(call, ast.Call) else None
    name = module.segment(target)
    if value is None or isinstance(value, ast.Starred) or lines_of(module, statement) is None:
        return None
    if not any(module.segment(n) == name for n in ast.walk(value) if isinstance(n, ast.Attribute)):
        return None
    spelling = spelled(module, "torch.no_grad", place.line)
    indent, end = indent_of(module, statement), newline_of(module)
    step = "\t" if indent.startswith("\t") else "    "
    text = f"with {spelling.text}():{end}{indent}{step}{name}.copy_({module.segment(value)})"
    edits = [spelling.edit] if spelling.edit is not None else []
    return checked(module, [*edits, replace(module, statement, text)])


def assign_instead(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`self.w = self.w * 0.99` to `self.w.assign(self.w * 0.99)`."""
    statement = module.statement_of(place)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, text = statement.targets[0], module.segment(statement.value)
    elif isinstance(statement, ast.AugAssign) and type(statement.op) in _OPERATORS:
        target, value = statement.target, module.segment(statement.value)
        if not isinstance(statement.value, ast.Name | ast.Constant | ast.Call | ast.Attribute):
            value = f"({value})"
        text = f"{module.segment(target)} {_OPERATORS[type(statement.op)]} {value}"
    else:
        return None
    if not isinstance(target, ast.Attribute) or is_variable(module, statement.value):
        return None
    new = f"{module.segment(target)}.assign({text})"
    return checked(module, [replace(module, statement, new)])
