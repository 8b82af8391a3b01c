"""From a code object and an instruction to the exact expression in the file."""

from __future__ import annotations

import ast
import linecache
from functools import lru_cache
from itertools import islice
from types import CodeType

Span = tuple[int, int | None, int | None, int | None]
"""Line, end line, column, end column; from 1, ends exclusive; columns in characters."""


def span_of_call(code: CodeType, offset: int, name: str | None = None) -> Span:
    """Give the span of the expression that ran at `offset`."""
    positions = getattr(code, "co_positions", None)
    if positions is not None:
        line, end_line, column, end_column = next(
            islice(positions(), offset // 2, None), (None, None, None, None)
        )
        if line is None:
            return (code.co_firstlineno, None, None, None)
        if column is None or end_column is None or end_line is None:
            return (line, None, None, None)
        return (
            line,
            end_line,
            _characters(code.co_filename, line, column) + 1,
            _characters(code.co_filename, end_line, end_column) + 1,
        )
    return span_of_line(code.co_filename, line_of(code, offset), name)


def line_of(code: CodeType, offset: int) -> int:
    """Give the line of an instruction (`co_lines` is there from 3.10 on)."""
    for start, end, line in code.co_lines():
        if line is not None and start <= offset < end:
            return line
    return code.co_firstlineno


def text_of(
    filename: str, line: int, end_line: int | None, column: int | None, end_column: int | None
) -> str | None:
    """Give the exact text of a span, or the stripped line where only the line is known."""
    lines = linecache.getlines(filename)
    if not 1 <= line <= len(lines):
        return None
    if column is None or end_line is None or end_column is None or end_line > len(lines):
        return lines[line - 1].strip()
    if end_line == line:
        return lines[line - 1][column - 1 : end_column - 1]
    first, *middle, last = lines[line - 1 : end_line]
    return "".join([first[column - 1 :], *middle, last[: end_column - 1]])


def decorator_span(code: CodeType, name: str) -> Span:
    """Give the span of the decorator that holds `name` above the function of `code`."""
    filename = code.co_filename
    tree = _tree(filename)
    if tree is not None:
        for node in ast.walk(tree):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            decorators = node.decorator_list
            if not decorators or decorators[0].lineno != code.co_firstlineno:
                continue
            for decorator in decorators:
                if name in ast.unparse(decorator):
                    return _span_of_node(filename, decorator)
    return (code.co_firstlineno, None, None, None)


def _characters(filename: str, line: int, column: int) -> int:
    """Turn a column in UTF-8 bytes into one in characters."""
    text = linecache.getline(filename, line)
    if text.isascii():
        return column
    return len(text.encode()[:column].decode(errors="replace"))


@lru_cache(maxsize=256)
def _tree(filename: str) -> ast.Module | None:
    try:
        return ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return None


def span_of_line(filename: str, line: int, name: str | None) -> Span:
    """Where no more than the line is known: the one call of that name on it, if there is one.

    Where several fit, the first that was written is taken; where none does, the statement.
    """
    tree = _tree(filename)
    if tree is None:
        return (line, None, None, None)
    named: list[ast.expr] = []
    statement: ast.stmt | None = None
    for node in ast.walk(tree):
        if not isinstance(node, (ast.stmt, ast.expr)):
            continue
        if not node.lineno <= line <= (node.end_lineno or line):
            continue
        if isinstance(node, ast.stmt):
            if statement is None or node.lineno >= statement.lineno:
                statement = node
        elif name is not None and _calls(node, name) and line in _lines_of_name(node):
            named.append(node)
    best: ast.AST | None = named[0] if named else None
    if best is None and statement is not None and not hasattr(statement, "body"):
        best = statement
    if best is None:
        return (line, None, None, None)
    return _span_of_node(filename, best)


def _calls(node: ast.expr, name: str) -> bool:
    if isinstance(node, ast.Call):
        function = node.func
        return (isinstance(function, ast.Attribute) and function.attr == name) or (
            isinstance(function, ast.Name) and function.id == name
        )
    return isinstance(node, ast.Attribute) and node.attr == name


def _lines_of_name(node: ast.expr) -> range:
    # Python 3.10 gives a method call the line of the attribute, which ends where `func` ends.
    function = node.func if isinstance(node, ast.Call) else node
    return range(node.lineno, (function.end_lineno or node.lineno) + 1)


def _span_of_node(filename: str, node: ast.AST) -> Span:
    line: int = getattr(node, "lineno")  # noqa: B009
    end_line: int = getattr(node, "end_lineno") or line  # noqa: B009
    return (
        line,
        end_line,
        _characters(filename, line, getattr(node, "col_offset")) + 1,  # noqa: B009
        _characters(filename, end_line, getattr(node, "end_col_offset")) + 1,  # noqa: B009
    )
