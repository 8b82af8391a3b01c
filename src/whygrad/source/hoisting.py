"""The edit that makes a layer once: what a call creates anew moves into the constructor."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.expressions import dotted
from whygrad.source.imports import meaning
from whygrad.source.module import Function, SourceModule
from whygrad.source.splice import Edits, after, checked, delete_statement, replace
from whygrad.source.variables import local_names

_MANY: Final = (
    ast.For, ast.AsyncFor, ast.While, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp,
)  # fmt: skip
_CALLS: Final = frozenset({"forward", "call", "__call__"})
_TAKEN: Final = frozenset({
    "call", "dtype", "forward", "input", "inputs", "layers", "loss", "losses", "metrics", "modules",
    "name", "output", "outputs", "parameters", "training", "variables", "weights",
})  # fmt: skip
"""Attributes that one framework or another keeps for itself."""


class _Place(NamedTuple):
    """Where something is made: the call, its statement, the method and class around it."""

    call: ast.Call
    statement: ast.stmt
    method: Function
    owner: ast.ClassDef


def make_once(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`layer = nn.Linear(self.width, 2)` in `forward` to `layer = self.layer`, which the
    constructor makes. None where what it is made of is known in the call alone.
    """
    found = _place(module, place)
    if found is None or not _is_lasting(module, found):
        return None
    own = next(iter(found.method.args.posonlyargs + found.method.args.args)).arg
    maker = _maker(module, found, own)
    if maker is None:
        return None
    kept = _numbered(module, found, _kept_name(module, found.call))
    if kept in _TAKEN or not _is_free(found, kept):
        return None
    text = f"{maker.args.args[0].arg}.{kept} = {_text(module, found.call, own, maker)}"
    return checked(module, _edits(module, found, maker, text, f"{own}.{kept}"))


def _edits(
    module: SourceModule, found: _Place, maker: Function, text: str, used: str
) -> list[Edit] | None:
    making = after(module, _last(maker), text)
    if isinstance(found.statement, ast.Assign) and dotted(found.statement.targets[0]) == used:
        using = delete_statement(module, found.statement)
    else:
        using = replace(module, found.call, used)
    return [making, using] if making is not None and using is not None else None


def _place(module: SourceModule, place: SourceLocation) -> _Place | None:
    statement, call = module.statement_of(place), module.expression_at(place)
    if not isinstance(call, ast.Call) and isinstance(statement, ast.Assign | ast.AnnAssign):
        call = statement.value
    if statement is None or not isinstance(call, ast.Call):
        return None
    node: ast.AST | None = call
    while node is not None and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if isinstance(node, _MANY):
            return None  # each round makes one of its own
        node = module.parent(node)
    owner = module.parent(node) if node is not None else None
    if node is None or not isinstance(owner, ast.ClassDef) or not node.args.args:
        return None
    if node.decorator_list or not _runs_once(module, owner, node):
        return None
    return _Place(call, statement, node, owner)


def _runs_once(module: SourceModule, owner: ast.ClassDef, method: Function) -> bool:
    """Whether one call of the model is one of the method: what it makes is then one thing."""
    if method.name in _CALLS:
        return True
    uses = [n for n in ast.walk(owner) if isinstance(n, ast.Attribute) and n.attr == method.name]
    node: ast.AST | None = uses[0] if len(uses) == 1 else None
    while node is not None and not isinstance(node, _MANY):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return node.name in _CALLS
        node = module.parent(node)
    return False


def _is_lasting(module: SourceModule, found: _Place) -> bool:
    """Whether an attribute of this class keeps such a thing, and trains it."""
    written = dotted(found.call.func) or ""
    meant = meaning(module, written, found.call.lineno) or written
    if meant.partition(".")[0] == "equinox":
        return False  # its fields are declared
    if meant.startswith("torch.") and not meant.startswith(("torch.nn.", "torch.nn.Parameter")):
        return False  # a plain tensor would not be registered
    if meant.rpartition(".")[2] == "Variable" and not meant.startswith("flax."):
        bases = {meaning(module, dotted(base), found.owner.lineno) for base in found.owner.bases}
        return "tensorflow.Module" in bases
    return True


def _maker(module: SourceModule, found: _Place, own: str) -> Function | None:
    """The method that can make it, at its end: `build` where what it is made of is set there."""
    needed = _needed(module, found, own)
    if needed is None:
        return None
    for name in ("__init__", "build"):
        makers = [n for n in found.owner.body if isinstance(n, ast.FunctionDef) and n.name == name]
        if len(makers) != 1 or not makers[0].args.args:
            continue
        maker = makers[0]
        if isinstance(_last(maker), ast.Return | ast.Raise | ast.If | ast.With | ast.Try):
            continue
        if name == "__init__" and dotted(found.call.func) == f"{own}.add_weight":
            continue
        me = maker.args.args[0].arg
        given = {a for s in maker.body for a in _given(s, me)} | _inherited(found.owner, maker)
        if needed <= given and not needed & _given_elsewhere(found.owner, makers[0]):
            return maker
    return None


def _last(maker: Function) -> ast.stmt:
    """The statement behind which it is made: in front of `self.apply(...)`, `self.to(device)` and
    the like at the end, which are meant for all that the constructor has made.
    """
    me = maker.args.args[0].arg
    body = list(maker.body)
    while len(body) > 1 and isinstance(body[-1], ast.Expr):
        call = body[-1].value
        if not isinstance(call, ast.Call) or not (dotted(call.func) or "").startswith(f"{me}."):
            break
        body.pop()
    return body[-1]


def _inherited(owner: ast.ClassDef, maker: Function) -> set[str]:
    """To `build` belongs what the constructor has given, too."""
    if maker.name != "build":
        return set()
    firsts = (n for n in owner.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    return {a for n in firsts if n.args.args for s in n.body for a in _given(s, n.args.args[0].arg)}


def _needed(module: SourceModule, found: _Place, own: str) -> set[str] | None:
    """The attributes that it is made of; None where it also takes what only the call has."""
    scope = module.enclosing_function(*module.start(found.call))
    local = local_names(scope) if scope is not None else set()
    attributes: set[str] = set()
    func: set[int] = {id(node) for node in ast.walk(found.call.func)}
    for node in ast.walk(found.call):
        if isinstance(node, ast.Name) and node.id in local and node.id != own:
            return None
        if not isinstance(node, ast.Name) or node.id != own or id(node) in func:
            continue
        holder = module.parent(node)
        if not isinstance(holder, ast.Attribute):
            return None
        attributes.add(holder.attr)
    return attributes


def _given(node: ast.AST, own: str) -> Iterator[str]:
    """The attributes that a statement, no block of several, gives to the object."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        for part in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
            if isinstance(part, ast.Attribute) and dotted(part.value) == own:
                yield part.attr


def _given_elsewhere(owner: ast.ClassDef, maker: Function) -> set[str]:
    """The attributes that other methods give as well."""
    return {
        node.attr
        for method in owner.body
        if isinstance(method, ast.FunctionDef) and method is not maker
        and method.name not in ("__init__", "build")
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)
    }  # fmt: skip


def _kept_name(module: SourceModule, call: ast.Call) -> str:
    statement: ast.AST | None = module.parent(call)
    target = _target(statement, call) if isinstance(statement, ast.stmt) else None
    return target if target is not None else _name_for(call)


def _numbered(module: SourceModule, found: _Place, kept: str) -> str:
    """`conv1d`, and for the second one that the method makes `conv1d_2`: each is one of its own."""
    same = [
        node
        for node in ast.walk(found.method)
        if isinstance(node, ast.Call)
        and (dotted(node.func) or "").rpartition(".")[2][:1].isupper()
        and _kept_name(module, node) == kept
    ]
    earlier = sum(module.start(node) < module.start(found.call) for node in same)
    return f"{kept}_{earlier + 1}" if earlier else kept


def _target(statement: ast.stmt, call: ast.Call) -> str | None:
    """The name that is given the call's result: the last part of it."""
    if not isinstance(statement, ast.Assign) or statement.value is not call:
        return None
    written = dotted(statement.targets[0]) if len(statement.targets) == 1 else None
    return written.rpartition(".")[2] if written is not None else None


def _name_for(call: ast.Call) -> str:
    """`nn.GRUCell` becomes `gru_cell`, `layers.Conv2D` `conv2d`."""
    last = (dotted(call.func) or "layer").rpartition(".")[2]
    return re.sub(r"(?<=[A-Za-z0-9])(?=[A-Z][a-z])", "_", last).lower()


def _is_free(found: _Place, kept: str) -> bool:
    """Whether the class has no other such attribute; `self.fc = nn.Linear(...)` may stay one."""
    if any(isinstance(n, ast.FunctionDef) and n.name == kept for n in found.owner.body):
        return False
    uses = [n for n in ast.walk(found.owner) if isinstance(n, ast.Attribute) and n.attr == kept]
    stored = [n for n in uses if not isinstance(n.ctx, ast.Load)]
    own = found.statement.targets[0] if isinstance(found.statement, ast.Assign) else None
    return stored == [own] or not uses


def _text(module: SourceModule, call: ast.Call, own: str, maker: Function) -> str:
    """The call as written, with the constructor's own word for the object."""
    text, me = module.segment(call), maker.args.args[0].arg
    return text if me == own else re.sub(rf"\b{re.escape(own)}\.", f"{me}.", text)
