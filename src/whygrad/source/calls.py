"""Which argument of a call fills which parameter of the function that it runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

from whygrad.source.keys import Chain, Key, State, key_of
from whygrad.source.module import Scope
from whygrad.source.variables import parameters, positional

_RUN_BY_CALLING: Final = {"forward", "__call__", "call", "__init__", "apply", "__torch_function__"}
"""Functions that run when an object is called, whatever name stands at the call."""


def owner_name(scope: Scope) -> str | None:
    """What a method calls its object; None for a plain function."""
    if scope.parent is None or not isinstance(scope.parent.node, ast.ClassDef):
        return None
    own = positional(scope)
    decorators = getattr(scope.node, "decorator_list", ())
    if any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in decorators):
        return None
    return own[0] if own else None


def filled(call: ast.AST | None, scope: Scope) -> Iterator[tuple[str, ast.expr]]:
    """Parameter and argument. Where the call does not name the function itself (a property, an
    operator, a function handed on), every argument may be any parameter but `self`.
    """
    owner = owner_name(scope)
    rest = [p for p in parameters(scope) if p != owner]
    receiver = receiver_of(call, scope)
    if owner is not None and receiver is not None:
        yield owner, receiver
    if not isinstance(call, ast.Call):
        return
    if not _names(call, scope) or any(isinstance(a, ast.Starred) for a in call.args):
        for argument in (*call.args, *(k.value for k in call.keywords)):
            yield from ((name, argument) for name in rest)
        return
    places = [p for p in positional(scope) if p != owner]
    node = scope.node
    spread = getattr(getattr(node, "args", None), "vararg", None)
    for i, argument in enumerate(call.args):
        if i < len(places):
            yield places[i], argument
        elif spread is not None:
            yield spread.arg, argument
    spread = getattr(getattr(node, "args", None), "kwarg", None)
    for keyword in call.keywords:
        if keyword.arg in rest:
            yield str(keyword.arg), keyword.value
        elif keyword.arg is None:
            yield from ((name, keyword.value) for name in rest)
        elif spread is not None:
            yield spread.arg, keyword.value


def receiver_of(call: ast.AST | None, scope: Scope) -> ast.expr | None:
    """The object whose method runs: `meter` of `meter.update(x)`, `model` of `model(x)`."""
    if isinstance(call, ast.Call):
        call = call.func
        named = isinstance(call, ast.Attribute) and call.attr == _name_of(scope)
        if not named and _name_of(scope) in _RUN_BY_CALLING:
            return call if isinstance(call, ast.expr) else None
    return call.value if isinstance(call, ast.Attribute) else None


def arguments_to(
    call: ast.AST | None,
    scope: Scope,
    state: State,
    chain_into: Callable[[ast.AST | None, State], Chain | None],
) -> State:
    """The parameters that hold the value in a function, given what its caller's names hold."""
    found: State = {}
    owner = owner_name(scope)
    for name, argument in filled(call, scope):
        key = key_of(argument)
        parts = _moved(state, key, (name,)) if key is not None else {}
        if name != owner and (key is None or not parts or (name,) in parts):
            chain = chain_into(argument, state)
            parts = {(name,): chain} if chain is not None else {}
        for part, chain in parts.items():
            found.setdefault(part, chain)
    return found


def _moved(state: State, key: Key, to: Key) -> State:
    """What is known of `key` and its parts, under another name."""
    size = len(key)
    return {(*to, *k[size:]): c for k, c in state.items() if k[:size] == key}


def _name_of(scope: Scope) -> str:
    return scope.qualname.rpartition(".")[2]


def _names(call: ast.Call, scope: Scope) -> bool:
    """Whether the call is written with the function's own name, or calls the object it is of."""
    name = _name_of(scope)
    if isinstance(call.func, ast.Attribute) and call.func.attr == name:
        return name != "apply"
    if isinstance(call.func, ast.Name) and call.func.id == name:
        return True
    return name in ("forward", "__call__", "call", "__init__")
