"""The statements of one function: what they bind, what they put on the object, what they return."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from whygrad.source.expressions import argument_of, constant_text, dotted
from whygrad.source.facts.bindings import imports_of, modules_of
from whygrad.source.facts.model import Store, Term
from whygrad.source.facts.terms import Growth, Names, grown_by, span_of, term_of

GROWS: Final = {
    "append": 0, "add": 0, "appendleft": 0, "insert": 1, "extend": 0, "update": 0, "setdefault": 1,
}  # fmt: skip
"""Methods by which a container grows, with the argument that goes in."""
REGISTERS: Final = {
    "register_buffer": "tensor", "register_parameter": "param", "add_module": "module",
    "register_module": "module", "add_weight": "initializer",
}  # fmt: skip
"""Methods by which an object takes something in under a name, with the argument it is."""


class _Stored(NamedTuple):
    attribute: str
    how: str
    value: ast.expr | None
    statement: ast.stmt
    conditional: bool


@dataclass(slots=True)
class Body:
    """What the statements of a function do, not counting functions and classes in it."""

    names: Names
    stored: list[_Stored] = field(default_factory=list)
    returned: list[ast.expr | None] = field(default_factory=list)
    nested: list[ast.stmt] = field(default_factory=list)
    """The functions and classes defined in it."""
    yields: bool = False
    imported: set[str] = field(default_factory=set)
    """The modules that it imports, and names from them that may be modules."""

    def stores(self, method: str) -> list[Store]:
        """What is put on the object, with terms. Asked after all statements have been read."""
        return [
            Store(
                s.attribute,
                s.how,
                method,
                _stored_term(s, self.names),
                span_of(s.statement),
                s.conditional,
            )
            for s in self.stored
        ]


def _stored_term(stored: _Stored, names: Names) -> Term:
    term = term_of(stored.value, names)
    if stored.how in GROWS or stored.how == "augmented":
        assert stored.value is not None
        return grown_by(Growth(stored.how, stored.value), term)
    return term


def read_body(block: list[ast.stmt], names: Names) -> Body:
    """Read the statements of a function or class body, in order."""
    body = Body(names)
    todo: list[tuple[ast.stmt, bool]] = [(s, False) for s in reversed(block)]
    while todo:
        statement, conditional = todo.pop()
        read = _READERS.get(type(statement))
        if read is not None:
            read(body, statement, conditional)
        if type(statement) not in _COMPOUND:
            continue
        inner = isinstance(statement, (ast.With, ast.AsyncWith))
        blocks = [getattr(statement, n, None) for n in ("body", "orelse", "finalbody")]
        for name in ("handlers", "cases"):
            blocks += [part.body for part in getattr(statement, name, ())]
        for part in reversed(blocks):
            if part:
                todo.extend((s, conditional or not inner) for s in reversed(part))
    return body


def _read_assign(body: Body, statement: ast.Assign, conditional: bool) -> None:
    for target in statement.targets:
        _bind(body, statement, target, statement.value, "assign", conditional)


def _read_annotated(body: Body, statement: ast.AnnAssign, conditional: bool) -> None:
    if statement.value is not None:
        _bind(body, statement, statement.target, statement.value, "assign", conditional)


def _read_augmented(body: Body, statement: ast.AugAssign, conditional: bool) -> None:
    target, names = statement.target, body.names
    if isinstance(target, ast.Name):
        if isinstance(statement.op, ast.Add):
            names.grown.setdefault(target.id, []).append(Growth("augmented", statement.value))
        else:
            names.bind(target.id, None)
    else:
        _bind(body, statement, target, statement.value, "augmented", conditional)


def _bind(
    body: Body,
    statement: ast.stmt,
    target: ast.expr,
    value: ast.expr | None,
    how: str,
    conditional: bool,
) -> None:
    names = body.names
    todo: list[tuple[ast.expr, ast.expr | None, str]] = [(target, value, how)]
    while todo:
        target, value, how = todo.pop()
        if isinstance(target, ast.Name):
            names.bind(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            known = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
            if known and isinstance(value, (ast.Tuple, ast.List)):
                todo.extend((t, v, how) for t, v in zip(target.elts, value.elts, strict=True))
            else:
                todo.extend((t, None, "unpacked") for t in target.elts)
        elif isinstance(target, ast.Starred):
            todo.append((target.value, None, "unpacked"))
        elif isinstance(target, ast.Attribute):
            attribute = _own(target, names.owner)
            if attribute is not None:
                body.stored.append(_Stored(attribute, how, value, statement, conditional))
            elif target.attr == "requires_grad" and isinstance(target.value, ast.Name) and value:
                names.flags[target.value.id] = value
        elif isinstance(target, ast.Subscript):
            _grow(body, statement, target.value, "item", value, conditional)


def _grow(
    body: Body,
    statement: ast.stmt,
    holder: ast.expr,
    how: str,
    value: ast.expr | None,
    conditional: bool,
) -> None:
    if isinstance(holder, ast.Name) and value is not None:
        body.names.grown.setdefault(holder.id, []).append(Growth(how, value))
    elif isinstance(holder, ast.Attribute):
        attribute = _own(holder, body.names.owner)
        if attribute is not None:
            body.stored.append(_Stored(attribute, how, value, statement, conditional))


def _own(node: ast.Attribute, owner: str) -> str | None:
    if isinstance(node.value, ast.Name) and node.value.id == owner and owner:
        return node.attr
    return None


def _read_for(body: Body, statement: ast.For | ast.AsyncFor, conditional: bool) -> None:
    target = statement.target
    if isinstance(target, ast.Name):
        body.names.iterated[target.id] = statement.iter
    else:
        _bind(body, statement, target, None, "loop", conditional)


def _read_with(body: Body, statement: ast.With | ast.AsyncWith, conditional: bool) -> None:
    for item in statement.items:
        if item.optional_vars is not None:
            _bind(body, statement, item.optional_vars, None, "with", conditional)


def _read_delete(body: Body, statement: ast.Delete, conditional: bool) -> None:
    for target in statement.targets:
        if isinstance(target, ast.Attribute):
            _bind(body, statement, target, None, "delete", conditional)


def _read_import(body: Body, statement: ast.Import | ast.ImportFrom, conditional: bool) -> None:
    body.names.imports.update(imports_of(statement))
    body.imported.update(modules_of(statement))


def _read_return(body: Body, statement: ast.Return, conditional: bool) -> None:
    body.returned.append(statement.value)


def _read_definition(body: Body, statement: ast.stmt, conditional: bool) -> None:
    body.nested.append(statement)
    body.names.bind(getattr(statement, "name", ""), None)


def _read_expression(body: Body, statement: ast.Expr, conditional: bool) -> None:
    call = statement.value
    if isinstance(call, (ast.Yield, ast.YieldFrom)):
        body.yields = True
    if not isinstance(call, ast.Call):
        return
    function, owner = call.func, body.names.owner
    if isinstance(function, ast.Attribute):
        name = function.attr
        if name in GROWS and call.args:
            value = call.args[min(GROWS[name], len(call.args) - 1)]
            _grow(body, statement, function.value, name, value, conditional)
        elif name == "requires_grad_" and isinstance(function.value, ast.Name):
            flag = argument_of(call, 0, "requires_grad")
            body.names.flags[function.value.id] = flag or ast.Constant(True)
        elif name in REGISTERS and owner and dotted(function.value) == owner:
            taken = argument_of(call, 1, REGISTERS[name])
            attribute = pattern_of(argument_of(call, 0, "name"))
            body.stored.append(_Stored(attribute, name, taken, statement, conditional))
    elif owner and dotted(function) == "setattr" and len(call.args) == 3:
        attribute = pattern_of(call.args[1])
        stored = _Stored(attribute, "setattr", call.args[2], statement, conditional)
        body.stored += [stored] if dotted(call.args[0]) == owner else []


def pattern_of(node: ast.expr | None) -> str:
    """The names that a computed name can be: `f"layer{i}"` is `layer*`."""
    if isinstance(node, ast.JoinedStr):
        return "".join(constant_text(v) or "*" for v in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = constant_text(node.left), constant_text(node.right)
        return f"{left or '*'}{right or '*'}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        text = constant_text(node.left)
        return text.split("%")[0] + "*" if text is not None else "*"
    return constant_text(node) or "*"


_COMPOUND: Final[set[type[ast.stmt]]] = {
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match,
    getattr(ast, "TryStar", ast.Try),  # Python 3.11
}  # fmt: skip
_READERS: Final[dict[type[ast.stmt], Callable[[Body, Any, bool], None]]] = {
    ast.Assign: _read_assign,
    ast.AnnAssign: _read_annotated,
    ast.AugAssign: _read_augmented,
    ast.For: _read_for,
    ast.AsyncFor: _read_for,
    ast.With: _read_with,
    ast.AsyncWith: _read_with,
    ast.Delete: _read_delete,
    ast.Import: _read_import,
    ast.ImportFrom: _read_import,
    ast.Return: _read_return,
    ast.FunctionDef: _read_definition,
    ast.AsyncFunctionDef: _read_definition,
    ast.ClassDef: _read_definition,
    ast.Expr: _read_expression,
}
