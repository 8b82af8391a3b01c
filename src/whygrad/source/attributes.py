"""Where a class puts something on `self`, and whether anything but its constructor uses it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from whygrad.model.source import SourceLocation
from whygrad.source.expressions import Kind, argument_of, constant_text, dotted, kind_of, own_nodes
from whygrad.source.module import Function, SourceModule, statements_below

_REGISTERS: Final = {"register_buffer", "register_parameter", "add_module", "register_module"}


@dataclass(frozen=True, slots=True)
class Store:
    """One statement that puts something on an object: `self.w = ...`, `model.fc = ...`."""

    target: str
    """What is written to, as dotted text: `self.w`."""
    attribute: str
    how: str
    """`assign`, `augmented`, `unpacked`, `loop`, `setattr`, or the method: `register_buffer`."""
    method: str | None
    """The function in which it happens; None at module or class level."""
    location: SourceLocation
    value: SourceLocation | None
    kind: Kind
    call: str | None
    """The dotted name of what is called on the right: `torch.randn`; the outermost call."""
    statement: ast.stmt
    expression: ast.expr | None


class Decorator(NamedTuple):
    """A decorator of a function: its dotted name, and where it stands."""

    name: str | None
    location: SourceLocation
    node: ast.expr


def class_stores(
    module: SourceModule, qualname: str, attribute: str | None = None
) -> tuple[Store, ...]:
    """Every statement in the class's own methods that puts something on `self`."""
    stores = module.memo.get(("stores", qualname))
    if not isinstance(stores, tuple):
        stores = module.memo["stores", qualname] = tuple(_class_stores(module, qualname))
    return tuple(s for s in stores if attribute in (None, s.attribute))


def _class_stores(module: SourceModule, qualname: str) -> Iterator[Store]:
    cls = module.class_named(qualname)
    for method in methods(cls) if cls is not None else ():
        name = self_name(method)
        for store in _stores(module, statements_below(method)):
            if store.target == f"{name}.{store.attribute}":
                yield store


def object_stores(module: SourceModule, attribute: str) -> tuple[Store, ...]:
    """Every statement of the file that writes `<anything>.attribute`, e.g. `model.fc = ...`."""
    return tuple(s for s in _stores(module, module.statements) if s.attribute == attribute)


def methods(cls: ast.ClassDef) -> Iterator[Function]:
    """The functions of a class body, also those under `if`; the last of a name holds."""
    latest: dict[tuple[str, bool], Function] = {}
    todo: list[ast.stmt] = list(reversed(cls.body))
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            # `@property` and its `@x.setter` share a name and are both kept.
            latest[node.name, _is_setter(node)] = node
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            inner = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt)]
            inner += [s for h in getattr(node, "handlers", ()) for s in h.body]
            todo.extend(reversed(inner))
    yield from latest.values()


def self_name(method: Function) -> str | None:
    """What a method calls its object; None for a static method, or one without arguments."""
    if any(dotted(d) in ("staticmethod", "classmethod") for d in method.decorator_list):
        return None
    arguments = [*method.args.posonlyargs, *method.args.args]
    return arguments[0].arg if arguments else None


def decorators(module: SourceModule, qualname: str) -> tuple[Decorator, ...]:
    """The decorators of a function or class, by its qualified name."""
    scope = module.scope(qualname)
    nodes: list[ast.expr] = getattr(scope.node, "decorator_list", []) if scope else []
    return tuple(
        Decorator(dotted(n.func if isinstance(n, ast.Call) else n), module.span(n), n)
        for n in nodes
    )


def _is_setter(node: Function) -> bool:
    return any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in node.decorator_list)


def _stores(
    module: SourceModule, statements: Iterator[ast.stmt] | tuple[ast.stmt, ...]
) -> Iterator[Store]:
    for statement in statements:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from _targets(module, statement, target, statement.value, "assign")
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield from _targets(module, statement, statement.target, statement.value, "assign")
        elif isinstance(statement, ast.AugAssign):
            yield from _targets(module, statement, statement.target, statement.value, "augmented")
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            yield from _targets(module, statement, statement.target, None, "loop")
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            for item in statement.items:
                if item.optional_vars is not None:
                    how = "unpacked"
                    yield from _targets(module, statement, item.optional_vars, None, how)
        if isinstance(statement, (ast.Expr, ast.Assign)):
            yield from _calls(module, statement)


def _targets(
    module: SourceModule,
    statement: ast.stmt,
    target: ast.expr,
    value: ast.expr | None,
    how: str,
) -> Iterator[Store]:
    pairs: list[tuple[ast.expr, ast.expr | None, str]] = [(target, value, how)]
    while pairs:
        target, value, how = pairs.pop(0)
        if isinstance(target, (ast.Tuple, ast.List)):
            known = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
            values = value.elts if known and isinstance(value, (ast.Tuple, ast.List)) else ()
            for i, element in enumerate(target.elts):
                pairs.append((element, values[i], how) if known else (element, None, "unpacked"))
        elif isinstance(target, ast.Starred):
            pairs.append((target.value, None, "unpacked"))
        elif isinstance(target, ast.Attribute):
            name = dotted(target)
            if name is not None:
                yield _store(module, statement, name, value, how)


def _calls(module: SourceModule, statement: ast.Expr | ast.Assign) -> Iterator[Store]:
    call = statement.value
    if not isinstance(call, ast.Call):
        return
    if dotted(call.func) == "setattr" and len(call.args) == 3:
        owner, name = dotted(call.args[0]), constant_text(call.args[1])
        if owner and name:
            yield _store(module, statement, f"{owner}.{name}", call.args[2], "setattr")
    elif isinstance(call.func, ast.Attribute) and call.func.attr in _REGISTERS:
        owner, name = dotted(call.func.value), constant_text(argument_of(call, 0, "name"))
        keyword = {"register_buffer": "tensor", "register_parameter": "param"}
        value = argument_of(call, 1, keyword.get(call.func.attr, "module"))
        if owner and name:
            yield _store(module, statement, f"{owner}.{name}", value, call.func.attr)


def _store(
    module: SourceModule, statement: ast.stmt, target: str, value: ast.expr | None, how: str
) -> Store:
    scope = module.enclosing_function(statement.lineno)
    return Store(
        target=target,
        attribute=target.rpartition(".")[2],
        how=how,
        method=scope.qualname if scope else None,
        location=module.span(statement),
        value=module.span(value) if value is not None else None,
        kind=kind_of(value) if value is not None else Kind.OTHER,
        call=dotted(value.func) if isinstance(value, ast.Call) else None,
        statement=statement,
        expression=value,
    )


def nodes_of(function: Function) -> Iterator[ast.AST]:
    """All nodes of a function's body, statement by statement."""
    for statement in statements_below(function):
        yield from own_nodes(statement)
