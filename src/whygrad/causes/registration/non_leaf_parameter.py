"""A Parameter that was transformed as it was made: what the model keeps is the op's result."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from whygrad.causes.mend import assigned, replaced
from whygrad.causes.rule import Match, Rule
from whygrad.causes.ways import path_to_loss
from whygrad.causes.words import at
from whygrad.flow.case import Case
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.source import Fix
from whygrad.source.files import Sources


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable, origin = case.variable, case.variable.origin
    if variable.leaf or variable.home in (Home.REGISTERED, Home.LOOSE):
        return
    if origin is None or not origin.orphan_parameter or case.held:
        return
    place = variable.made_at or origin.place
    parameter = case.recording.dialect.parameter
    listing = case.recording.dialect.listing
    yield Match(
        Severity.ERROR,
        place,
        lambda n: (
            f"{n} {n.is_} no parameter but the result of `{origin.op}` on one: the"
            f" `{parameter}` itself was dropped, `{listing}` lists nothing of it and no optimizer"
            f" updates {n.it}"
        ),
        evidence=(
            f"`{origin.op}`{at(origin.place)} makes a new tensor with a history, no leaf",
            *_said(case),
        ),
        fix=_fix(case, sources),
        path=path_to_loss(case),
    )


def _said(case: Case) -> Iterator[str]:
    """The message that this cause ends in, at the second backward."""
    for message in case.recording.messages:
        if "backward through the graph a second time" in message.text:
            yield (
                "the op ran once, outside the loop, so the second backward goes through it again:"
                " this is what `Trying to backward through the graph a second time` is about, and"
                " `retain_graph=True` would hide it"
            )
            return


def _fix(case: Case, sources: Sources) -> Fix:
    parameter = case.recording.dialect.parameter
    message = f"do the arithmetic first and wrap its result: `{parameter}(...)`"
    found = assigned(sources, case.variable.made_at)
    if found is None:
        return Fix(message)
    module, _, value = found
    call = _parameter_call(value, parameter.rpartition(".")[2])
    if call is None or not call.args or call is value:
        return Fix(message)
    whole, inner = module.segment(value), module.segment(call)
    argument = module.segment(call.args[0])
    if whole.count(inner) != 1 or "\n" in whole:
        return Fix(message)
    name = module.segment(call.func)
    return Fix(message, (replaced(module, value, f"{name}({whole.replace(inner, argument)})"),))


def _parameter_call(value: ast.expr, name: str) -> ast.Call | None:
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            last = node.func.attr if isinstance(node.func, ast.Attribute) else None
            last = node.func.id if isinstance(node.func, ast.Name) else last
            if last == name:
                return node
    return None


RULE = Rule("non-leaf-parameter", in_case=in_case)
