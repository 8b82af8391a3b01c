"""A buffer that is used as a learnable weight. Buffers are saved and moved, never trained."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from whygrad.causes.mend import replaced, spelled, without_flag
from whygrad.causes.registration.evidence import looks_like_weight, unlisted
from whygrad.causes.rule import Match, Rule
from whygrad.causes.ways import path_to_loss
from whygrad.flow.case import Case
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.source import Fix
from whygrad.source.files import Sources


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if variable.home is not Home.BUFFER or case.held or not variable.floating:
        return
    if not variable.leaf or (case.verdict is Verdict.UNUSED and not case.got_gradient):
        return
    listing = case.recording.dialect.listing
    if variable.trainable:
        yield Match(
            Severity.ERROR,
            variable.made_at,
            lambda n: (
                f"{n} {n.is_} registered as a buffer, so `{listing}` does not list {n.it}"
                f" and no optimizer updates {n.it}, though {n.its} `requires_grad=True` says that"
                " training is wanted"
            ),
            measured=unlisted(case),
            fix=_fix(case, sources),
            path=path_to_loss(case),
        )
    elif looks_like_weight(case) and not variable.owned_by_library:
        yield Match(
            Severity.WARNING,
            variable.made_at,
            lambda n: (
                f"{n} {n.is_} random and used like a weight, but registered as a buffer:"
                f" {n.its} numbers stay as they are"
            ),
            measured=unlisted(case),
            fix=_fix(case, sources),
            path=path_to_loss(case),
        )


def _fix(case: Case, sources: Sources) -> Fix:
    """`self.register_buffer("t", v)` becomes `self.t = nn.Parameter(v)`."""
    message = f"make it a parameter: `{case.recording.dialect.parameter}(...)`"
    place = case.variable.made_at
    module = sources.module(place.path) if place is not None else None
    statement = module.statement_of(place) if module is not None and place is not None else None
    call = statement.value if isinstance(statement, ast.Expr) else None
    if module is None or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return Fix(message)
    name = call.args[0] if call.args else None
    if call.func.attr != "register_buffer" or len(call.args) < 2:
        return Fix(message)
    key = name.value if isinstance(name, ast.Constant) else None
    if not isinstance(key, str) or not key.isidentifier():
        return Fix(message)
    holder = module.segment(call.func.value)
    value = without_flag(module.segment(call.args[1]))
    parameter = spelled(module, case.recording.dialect.parameter)
    text = f"{holder}.{key} = {parameter}({value})"
    return Fix(message, (replaced(module, call, text),))


RULE = Rule("buffer-not-parameter", in_case=in_case)
