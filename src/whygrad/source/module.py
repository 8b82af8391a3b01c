"""One file, parsed once: which statement, function and expression stands where."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Final, NamedTuple

from whygrad.model.source import SourceLocation

Function = ast.FunctionDef | ast.AsyncFunctionDef
Position = tuple[int, int]
"""Line and column as editors count, both from 1."""

_SCOPES: Final = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
"""What Python takes for a line: unlike str.splitlines, no break at a form feed or U+2028."""


class Scope(NamedTuple):
    """A module, class, function or lambda; `parent` is the scope it stands in."""

    node: ast.Module | ast.ClassDef | Function | ast.Lambda
    qualname: str
    parent: Scope | None

    @property
    def is_function(self) -> bool:
        """Whether code in it runs at a call."""
        return isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))


class SourceModule:
    """A parsed file. Raises SyntaxError or ValueError where the text is not Python."""

    def __init__(self, path: str, text: str) -> None:
        """`path` is used as it is in every location that comes from here."""
        self.path = path
        self.text = text
        self.lines: list[str] = split_lines(text)
        self.tree: ast.Module = parse(text)

    # -- positions

    def start(self, node: ast.AST) -> Position:
        """Where `node` begins; a decorated definition begins at its first decorator."""
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            line, column = self.start(decorators[0])
            return line, max(1, self._text(line).rfind("@", 0, column - 1) + 1)
        line = getattr(node, "lineno", 1)
        return line, self._column(line, getattr(node, "col_offset", 0))

    def end(self, node: ast.AST) -> Position:
        """Where `node` ends, exclusive."""
        line = getattr(node, "end_lineno", None)
        if line is None:
            return self.start(node)
        return line, self._column(line, getattr(node, "end_col_offset", 0))

    def offset(self, position: Position) -> int:
        """The place of a line and column in `text`."""
        line, column = position
        return self._offsets[line - 1] + column - 1

    def between(self, start: Position, end: Position) -> str:
        """The text of a span, as written."""
        return self.text[self.offset(start) : self.offset(end)]

    def segment(self, node: ast.AST) -> str:
        """The text of a node, as written."""
        return self.between(self.start(node), self.end(node))

    def span(self, node: ast.AST) -> SourceLocation:
        """The place of a node, with its function and its exact text."""
        start, end = self.start(node), self.end(node)
        return SourceLocation(
            path=self.path,
            line=start[0],
            column=start[1],
            end_line=end[0],
            end_column=end[1],
            function=self.function_name(start[0]),
            source=self.between(start, end),
        )

    # -- what stands where

    def statement_at(self, line: int, column: int | None = None) -> ast.stmt | None:
        """The innermost statement at a line; the column decides between several on one line."""
        over = self._statements_over(line)
        if column is not None:
            at = [n for n in over if self.start(n) <= (line, column) < self.end(n)]
            if at:
                return at[-1]
        best: ast.stmt | None = None
        for node in over:
            if best is None or _inside(node, best):
                best = node
        return best

    def enclosing_scope(self, line: int, column: int | None = None) -> Scope:
        """The innermost scope whose body holds the position; without a column, no lambda."""
        best = self.scopes[0]
        for first, last, scope in self._scope_lines:
            if not first <= line <= last:
                continue
            if isinstance(scope.node, ast.Lambda) and (
                column is None
                or not self.start(scope.node) <= (line, column) < self.end(scope.node)
            ):
                continue
            # Decorators and defaults run outside, but belong to the definition for people.
            best = scope
        return best

    def enclosing_function(self, line: int, column: int | None = None) -> Scope | None:
        """The innermost function at a position; None at module or class level."""
        scope: Scope | None = self.enclosing_scope(line, column)
        return scope if scope is not None and scope.is_function else None

    def function_name(self, line: int) -> str | None:
        """The qualified name of the function at a line: `co_qualname` without `<locals>`."""
        scope = self.enclosing_function(line)
        return scope.qualname if scope else None

    def enclosing_class(self, line: int) -> Scope | None:
        """The innermost class at a line."""
        scope: Scope | None = self.enclosing_scope(line)
        while scope is not None and not isinstance(scope.node, ast.ClassDef):
            scope = scope.parent
        return scope

    def scope(self, qualname: str) -> Scope | None:
        """The last definition of that qualified name (the one that holds at run time)."""
        qualname = qualname.replace(".<locals>", "")
        return next((s for s in reversed(self.definitions) if s.qualname == qualname), None)

    def class_named(self, qualname: str) -> ast.ClassDef | None:
        """The class of that qualified name."""
        scope = self.scope(qualname)
        return scope.node if scope and isinstance(scope.node, ast.ClassDef) else None

    def expression_at(self, place: SourceLocation) -> ast.expr | None:
        """The smallest expression that covers a place; None where the place has no columns."""
        if place.column is None or place.end_column is None:
            return None
        first = (place.line, place.column)
        last = (place.end_line or place.line, place.end_column)
        statement = self.statement_at(*first)
        best: ast.expr | None = None
        node: ast.AST | None = statement
        while node is not None:
            inner: ast.AST | None = None
            for child in ast.iter_child_nodes(node):
                if not hasattr(child, "lineno"):
                    # Arguments, keywords and comprehensions lie over their own children.
                    holders = [n for n in ast.walk(child) if hasattr(n, "lineno")]
                    inner = next((n for n in holders if self._covers(n, first, last)), inner)
                elif self._covers(child, first, last):
                    inner = child
            if isinstance(inner, ast.expr):
                best = inner
            node = inner
        return best

    def statement_of(self, place: SourceLocation) -> ast.stmt | None:
        """The innermost statement at a place."""
        return self.statement_at(place.line, place.column)

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The list of statements in which this one stands."""
        return self._blocks.get(id(statement), self.tree.body)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that holds this one."""
        return self._parents.get(id(node))

    # -- indices, made when first asked for

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """Every scope, outer ones before inner ones, in the file's order."""
        found = [Scope(self.tree, "", None)]
        todo: list[tuple[ast.AST, Scope]] = [(self.tree, found[0])]
        while todo:
            node, scope = todo.pop()
            for child in ast.iter_child_nodes(node):
                inner = scope
                if isinstance(child, _SCOPES):
                    inner = Scope(child, _qualname(scope, child), scope)
                    found.append(inner)
                todo.append((child, inner))
        key = {id(s.node): (self.start(s.node), i) for i, s in enumerate(found)}
        return (found[0], *sorted(found[1:], key=lambda s: key[id(s.node)]))

    @cached_property
    def definitions(self) -> tuple[Scope, ...]:
        """The classes and functions alone: looking for lambdas takes ten times as long."""
        top = Scope(self.tree, "", None)
        todo: list[tuple[ast.AST, Scope]] = [(self.tree, top)]
        found = []
        while todo:
            node, scope = todo.pop()
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                scope = Scope(node, _qualname(scope, node), scope)
                found.append(scope)
            inside = [statement for block in _blocks_of(node) for statement in block]
            todo += [(statement, scope) for statement in reversed(inside)]
        return tuple(found)

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """Every statement, in the order of the walk: outer before inner."""
        return tuple(statements_below(self.tree))

    @cached_property
    def _by_line(self) -> tuple[list[int], list[ast.stmt]]:
        ordered = sorted(self.statements, key=lambda s: (self.start(s), -self.offset(self.end(s))))
        return [self.start(s)[0] for s in ordered], ordered

    @cached_property
    def _holders(self) -> dict[int, ast.stmt]:
        """The compound statement around each statement."""
        return {
            id(inner): statement
            for statement in self.statements
            for block in _blocks_of(statement)
            for inner in block
        }

    def _statements_over(self, line: int) -> list[ast.stmt]:
        """Statements that cover the line, outer before inner."""
        firsts, ordered = self._by_line
        index = bisect_right(firsts, line) - 1
        found: dict[int, ast.stmt] = {}
        while index >= 0:
            chain = [ordered[index]]
            while (holder := self._holders.get(id(chain[-1]))) is not None:
                chain.append(holder)
            found.update((id(s), s) for s in chain if (s.end_lineno or s.lineno) >= line)
            # What starts on an earlier line can only cover this one if it holds the first such.
            if firsts[index] < line:
                break
            index -= 1
        return sorted(found.values(), key=lambda s: (self.start(s), -self.offset(self.end(s))))

    @cached_property
    def attributes(self) -> dict[str, list[ast.Attribute]]:
        """Every `<anything>.name` of the file, by name."""
        found: dict[str, list[ast.Attribute]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                found.setdefault(node.attr, []).append(node)
        return found

    @cached_property
    def memo(self) -> dict[object, object]:
        """Answers that questions about this file keep here."""
        return {}

    @cached_property
    def _scope_lines(self) -> list[tuple[int, int, Scope]]:
        return [
            (self.start(s.node)[0], getattr(s.node, "end_lineno", None) or 0, s)
            for s in self.scopes[1:]
        ]

    @cached_property
    def _parents(self) -> dict[int, ast.AST]:
        return {
            id(child): node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)
        }

    @cached_property
    def _blocks(self) -> dict[int, list[ast.stmt]]:
        blocks: dict[int, list[ast.stmt]] = {}
        for node in (self.tree, *self.statements):
            for block in _blocks_of(node):
                blocks.update((id(statement), block) for statement in block)
        return blocks

    @cached_property
    def _offsets(self) -> list[int]:
        offsets, total = [], 0
        for line in self.lines:
            offsets.append(total)
            total += len(line)
        offsets.append(total)
        return offsets

    def _text(self, line: int) -> str:
        return self.lines[line - 1] if line <= len(self.lines) else ""

    def _column(self, line: int, byte_offset: int) -> int:
        """`ast` counts UTF-8 bytes from 0; editors count characters from 1."""
        text = self._text(line)
        if text.isascii():
            return byte_offset + 1
        return len(text.encode()[:byte_offset].decode(errors="ignore")) + 1

    def _covers(self, node: ast.AST, first: Position, last: Position) -> bool:
        return self.start(node) <= first and last <= self.end(node)


def parse(text: str) -> ast.Module:
    """Parse without the warnings that Python prints for odd escapes in other people's code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def split_lines(text: str) -> list[str]:
    """The lines of a file as Python counts them, each with its line end."""
    lines = [match.group() for match in _LINE.finditer(text)]
    return lines[:-1] if lines and not lines[-1] else lines


def statements_below(node: ast.AST) -> Iterator[ast.stmt]:
    """Every statement in a node, outer before inner. Does not recurse: `elif` chains are deep."""
    todo = list(reversed(_blocks_of(node)))
    while todo:
        for statement in todo.pop():
            yield statement
            todo.extend(reversed(_blocks_of(statement)))


def _blocks_of(node: ast.AST) -> list[list[ast.stmt]]:
    blocks = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    for name in ("handlers", "cases"):
        blocks += [inner.body for inner in getattr(node, name, ())]
    return [block for block in blocks if isinstance(block, list) and block]


def _qualname(scope: Scope, node: ast.ClassDef | Function | ast.Lambda) -> str:
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    return f"{scope.qualname}.{name}" if scope.qualname else name


def _inside(inner: ast.stmt, outer: ast.stmt) -> bool:
    return (inner.end_lineno or 0, inner.end_col_offset or 0) <= (
        outer.end_lineno or 0,
        outer.end_col_offset or 0,
    )
