"""Edits that keep an operand off the place where an op has no finite value or slope."""

from __future__ import annotations

import ast

import pytest

from whygrad.model.source import SourceLocation
from whygrad.source.edits import apply
from whygrad.source.guarding import guard_operand, replace_infinity
from whygrad.source.module import SourceModule


def place(text: str, part: str) -> tuple[SourceModule, SourceLocation]:
    start = text.index(part)
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    end = column + len(part)
    where = SourceLocation("train.py", line, column, line, end, source=part)
    return SourceModule("train.py", text), where


@pytest.mark.parametrize(
    ("text", "part", "name", "template", "position", "wanted"),
    [
        ("y = torch.log(p)\n", "torch.log(p)", "log", "{}.clamp_min(1e-8)", 0,
         "y = torch.log(p.clamp_min(1e-8))\n"),
        ("y = (a * b).log()\n", "(a * b).log()", "log", "{}.clamp_min(1e-8)", 0, None),
        ("y = p.log_()\n", "p.log_()", "log_", "{}.clamp_min(1e-8)", 0,
         "y = p.clamp_min(1e-8).log_()\n"),
        ("y = torch.log(1 - p)\n", "torch.log(1 - p)", "log", "{}.clamp_min(1e-8)", 0,
         "y = torch.log((1 - p).clamp_min(1e-8))\n"),
        ("y = v.sum().sqrt()\n", "v.sum().sqrt()", "sqrt", "{} + 1e-12", 0,
         "y = (v.sum() + 1e-12).sqrt()\n"),
        ("y = torch.sqrt(v)\n", "torch.sqrt(v)", "sqrt", "{} + 1e-12", 0,
         "y = torch.sqrt(v + 1e-12)\n"),
        ("y = a / m.sum()\n", "a / m.sum()", "div", "{}.clamp_min(1e-8)", 1,
         "y = a / m.sum().clamp_min(1e-8)\n"),
        ("y = f(h**0.45)\n", "h**0.45", "pow", "{}.clamp_min(1e-8)", 0,
         "y = f(h.clamp_min(1e-8)**0.45)\n"),
        ("z = torch.where(x > 0, x.sqrt(), 0)\n", "x.sqrt()", "sqrt", "{} + 1e-12", 0,
         "z = torch.where(x > 0, torch.where(x > 0, x, torch.ones_like(x)).sqrt(), 0)\n"),
        ("z = torch.where(c, 0, x.log())\n", "x.log()", "log", "{}.clamp_min(1e-8)", 0,
         "z = torch.where(c, 0, torch.where(c, torch.ones_like(x), x).log())\n"),
        ("y = self.norm(x)\n", "self.norm(x)", "sqrt", "{} + 1e-12", 0, None),
        ("y = torch.log(*p)\n", "torch.log(*p)", "log", "{}.clamp_min(1e-8)", 0, None),
    ],
)  # fmt: skip
def test_guard_operand(
    text: str, part: str, name: str, template: str, position: int, wanted: str | None
) -> None:
    edits = guard_operand(*place(text, part), name, template, position)
    if wanted is None and edits is None:
        return
    assert edits is not None
    made = apply(text, edits)
    assert wanted is None or made == wanted
    # Whatever the brackets, the op is still what is asked for last.
    last = ast.parse(made).body[0]
    assert isinstance(last, ast.Assign) and isinstance(last.value, ast.Call | ast.BinOp)


@pytest.mark.parametrize("infinity", ['float("-inf")', "-torch.inf", "-math.inf", "-float('inf')"])
def test_replace_infinity(infinity: str) -> None:
    text = f"s = s.masked_fill(mask, {infinity})\n"
    edits = replace_infinity(*place(text, text[4:-1]), "-1e9")
    assert edits is not None and apply(text, edits) == "s = s.masked_fill(mask, -1e9)\n"


def test_what_is_not_written_there_stays() -> None:
    text = "s = s.masked_fill(mask, fill)\n"
    assert replace_infinity(*place(text, text[4:-1]), "-1e9") is None
