"""One pass over a parsed file: its facts. Statements are walked, expressions only where they say
what an object holds; what a method mentions is read off its text, which costs a tenth of a walk.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from whygrad.source.expressions import dotted
from whygrad.source.facts.bindings import bindings_of
from whygrad.source.facts.mentioned import Mentioned, mentions
from whygrad.source.facts.model import UNKNOWN, ClassFacts, FileFacts, FunctionFacts, Store, Term
from whygrad.source.facts.stores import Body, read_body
from whygrad.source.facts.terms import Names, span_of, term_of
from whygrad.source.module import Function

_MOST_RETURNS: Final = 6
_COMPUTES: Final = {"forward", "call", "__call__"}
"""What these return is computed and no part of the object."""


class _File:
    """The text of a file, to be asked for the lines of a function."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.imported: set[str] = set()
        self.starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def lines(self, first: int, last: int) -> str:
        starts = self.starts
        return self.text[starts[first - 1] : starts[min(last, len(starts) - 1)]]


def facts_of(text: str, tree: ast.Module) -> FileFacts:
    """The facts of a file. `text` is what `tree` was parsed from."""
    file = _File(text.replace("\r\n", "\n").replace("\r", "\n"))
    module = bindings_of(tree)
    classes: list[ClassFacts] = []
    functions: list[FunctionFacts] = []
    todo: list[tuple[list[ast.stmt], str, frozenset[str], bool]] = [
        (tree.body, "", frozenset(), True)
    ]
    while todo:
        block, prefix, hidden, top = todo.pop()
        for statement in block:
            if isinstance(statement, ast.ClassDef):
                facts, inner, names = _class(file, statement, prefix, hidden)
                classes.append(facts)
                todo.append((inner, f"{facts.qualname}.", names, False))
            elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                function, body = _function(file, statement, "", hidden)
                if top:
                    functions.append(function)
                names = body.names.bound() - body.names.imports.keys()
                todo.append((body.nested, f"{prefix}{statement.name}.", names, False))
            else:
                todo.extend((b, prefix, hidden, top) for b in blocks_of(statement))
    return FileFacts(
        bindings=module.bindings,
        stars=module.stars,
        public=module.public,
        imported=frozenset(module.imported | file.imported),
        classes=tuple(sorted(classes, key=lambda c: c.line)),
        functions=tuple(sorted(functions, key=lambda f: f.line)),
    )


def _class(
    file: _File, node: ast.ClassDef, prefix: str, hidden: frozenset[str]
) -> tuple[ClassFacts, list[ast.stmt], frozenset[str]]:
    """The facts of a class, the definitions inside it, and the names hidden from those."""
    own = read_body(node.body, Names("", frozenset(), hidden))
    stores: list[Store] = list(_class_stores(node, own.names))
    methods: list[FunctionFacts] = []
    nested: list[ast.stmt] = []
    for statement in own.nested:
        if isinstance(statement, ast.ClassDef):
            nested.append(statement)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            method, body = _function(file, statement, _owner(statement), hidden)
            methods.append(method)
            stores += body.stores(statement.name)
            nested += [s for s in body.nested if isinstance(s, ast.ClassDef)]
    facts = ClassFacts(
        qualname=f"{prefix}{node.name}",
        line=node.lineno,
        bases=tuple(_base(b, hidden) for b in node.bases),
        decorators=_decorators(node),
        stores=tuple(stores),
        methods=tuple(methods),
    )
    return facts, nested, hidden


def _class_stores(node: ast.ClassDef, names: Names) -> Iterator[Store]:
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            term = term_of(statement.value, names)
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield Store(target.id, "assign", "", term, span_of(statement), False)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            term = term_of(statement.value, names)
            how = "assign" if statement.value is not None else "annotated"
            yield Store(statement.target.id, how, "", term, span_of(statement), False)


def _base(node: ast.expr, hidden: frozenset[str]) -> str:
    # `Module[Tensor]`, a generic base: what is subscripted is the class.
    text = dotted(node.value if isinstance(node, ast.Subscript) else node)
    return "?" if text is None or text.split(".")[0] in hidden else text


def _function(
    file: _File, node: Function, owner: str, hidden: frozenset[str]
) -> tuple[FunctionFacts, Body]:
    arguments = node.args
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    given += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    names = Names(owner, frozenset(a.arg for a in given), hidden)
    body = read_body(node.body, names)
    file.imported |= body.imported
    last = node.end_lineno or node.lineno
    text = file.lines(node.body[0].lineno, last) if owner else ""
    if owner and node.body[0].lineno == node.lineno:
        text = text.partition(":")[2]  # `def f(self): return self.x`, all on one line
    seen = mentions(text, owner) if owner else Mentioned()
    facts = FunctionFacts(
        name=node.name,
        line=node.lineno,
        last_line=last,
        decorators=_decorators(node),
        owner=owner,
        reads=seen.reads,
        calls=seen.calls,
        supers=seen.supers,
        hands_out=seen.hands_out,
        returns=_returns(body, node.name),
    )
    return facts, body


def _returns(body: Body, name: str) -> tuple[Term, ...]:
    if name in _COMPUTES:
        return ()
    if body.yields or len(body.returned) > _MOST_RETURNS:
        return (UNKNOWN,)
    return tuple(term_of(value, body.names) for value in body.returned)


def _decorators(node: ast.ClassDef | Function) -> tuple[str, ...]:
    return tuple(
        dotted(d.func if isinstance(d, ast.Call) else d) or "?" for d in node.decorator_list
    )


def _owner(node: Function) -> str:
    if any(dotted(d) in ("staticmethod", "classmethod") for d in node.decorator_list):
        return ""
    given = [*node.args.posonlyargs, *node.args.args]
    return given[0].arg if given else ""


def blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement that run where it stands."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if block:
            yield block
    for name in ("handlers", "cases"):
        for inner in getattr(statement, name, ()):
            yield inner.body
