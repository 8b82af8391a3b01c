"""Edits as spans of text: made from nodes, put into a text, and parsed before anyone sees them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.files import is_python
from whygrad.source.module import Position, SourceModule, split_lines

Edits = tuple[Edit, ...]


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits put in. Raises ValueError where two of them overlap."""
    starts, total = [], 0
    for line in split_lines(text):
        starts.append(total)
        total += len(line)
    starts.append(total)

    def offset(position: Position) -> int:
        return min(starts[min(position[0], len(starts)) - 1] + position[1] - 1, total)

    spans = sorted(
        ((offset(e.start), offset(e.end), i, e.text) for i, e in enumerate(edits)),
        key=lambda span: (span[0], span[1], span[2]),
    )
    pieces, done = [], 0
    for start, end, _, new in spans:
        if start < done or end < start:
            raise ValueError("edits overlap")
        pieces += [text[done:start], new]
        done = end
    return "".join([*pieces, text[done:]])


def checked(module: SourceModule, edits: Sequence[Edit] | None) -> Edits | None:
    """The edits, if there are any and the file still parses with them."""
    if not edits:
        return None
    try:
        changed = apply(module.text, edits)
    except ValueError:
        return None
    if changed == module.text or not is_python(changed):
        return None
    return tuple(edits)


def replace(module: SourceModule, node: ast.AST, text: str) -> Edit:
    """Another text in place of a node."""
    return Edit(module.path, module.start(node), module.end(node), text)


def insert(module: SourceModule, at: Position, text: str) -> Edit:
    """More text at a position."""
    return Edit(module.path, at, at, text)


def lines_of(module: SourceModule, node: ast.stmt) -> tuple[Position, Position] | None:
    """The whole lines of a statement that shares them with nothing but a comment after it."""
    start, end = module.start(node), module.end(node)
    before = module.lines[start[0] - 1][: start[1] - 1]
    after = module.lines[end[0] - 1][end[1] - 1 :].strip()
    if before.strip() or (after and not after.startswith("#")):
        return None
    last = module.lines[end[0] - 1]
    if last.endswith(("\n", "\r")):
        return (start[0], 1), (end[0] + 1, 1)
    return (start[0], 1), (end[0], len(last) + 1)


def delete_statement(module: SourceModule, statement: ast.stmt) -> Edit | None:
    """Take a statement out; `pass` stays where a block would be empty. None if it shares a line."""
    if len(module.block_of(statement)) == 1:
        return replace(module, statement, "pass")
    whole = lines_of(module, statement)
    return Edit(module.path, *whole, "") if whole is not None else None


def indent_of(module: SourceModule, statement: ast.stmt) -> str:
    """The blanks before a statement that begins its line; else those of its line."""
    line = module.lines[module.start(statement)[0] - 1]
    return line[: len(line) - len(line.lstrip(" \t"))]


def newline_of(module: SourceModule) -> str:
    """The line end that the file uses."""
    first = module.lines[0] if module.lines else "\n"
    for end in ("\r\n", "\r"):
        if first.endswith(end):
            return end
    return "\n"


def before(module: SourceModule, statement: ast.stmt, text: str) -> Edit | None:
    """A line of its own before a statement that begins its line."""
    line, column = module.start(statement)
    indent = indent_of(module, statement)
    if column != len(indent) + 1:
        return None
    return insert(module, (line, 1), f"{indent}{text}{newline_of(module)}")


def after(module: SourceModule, statement: ast.stmt, text: str) -> Edit | None:
    """A line of its own after a statement that shares its lines with nothing."""
    whole = lines_of(module, statement)
    if whole is None:
        return None
    indent, end = indent_of(module, statement), newline_of(module)
    if whole[1][1] != 1:
        return insert(module, whole[1], f"{end}{indent}{text}")
    return insert(module, whole[1], f"{indent}{text}{end}")


def set_keyword(module: SourceModule, call: ast.Call, name: str, text: str) -> Edit | None:
    """A keyword argument set to `text`; None where `**kwargs` may hold it already."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return replace(module, keyword.value, text)
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    given = [*call.args, *(k.value for k in call.keywords)]
    end = module.end(call)
    close = (end[0], end[1] - 1)
    if not given:
        return insert(module, close, f"{name}={text}")
    last = max(given, key=module.end)
    rest = module.between(module.end(last), close)
    if "#" in rest:
        return None
    position = rest.find(",")
    if position < 0:
        return insert(module, _past(module, last, rest), f", {name}={text}")
    if "\n" not in rest:
        return insert(module, close, f"{name}={text}" if rest.endswith(" ") else f" {name}={text}")
    # One argument a line, with a comma at the end: the new one gets a line of its own.
    line = module.lines[module.start(last)[0] - 1]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    comma = module.end(last)[0], module.end(last)[1] + position + 1
    return insert(module, comma, f"{newline_of(module)}{indent}{name}={text},")


def _past(module: SourceModule, node: ast.AST, rest: str) -> Position:
    """The end of an argument with the parentheses around it."""
    line, column = module.end(node)
    closing = len(rest) - len(rest.lstrip(" )")) if rest.lstrip(" ").startswith(")") else 0
    text = rest[:closing].rstrip(" ")
    return line, column + len(text)


def without_argument(module: SourceModule, call: ast.Call, name: str) -> Edit | None:
    """A keyword argument taken out, with the comma that goes with it."""
    given: list[ast.AST] = sorted([*call.args, *call.keywords], key=module.start)
    found = [g for g in given if isinstance(g, ast.keyword) and g.arg == name]
    if len(found) != 1:
        return None
    index = given.index(found[0])
    if index > 0:
        start, end = module.end(given[index - 1]), module.end(found[0])
        gap = module.between(start, module.start(found[0]))
        if gap.replace(" ", "").replace("\n", "").replace("\r", "").replace("\t", "") != ",":
            return None
    elif len(given) > 1:
        start, end = module.start(found[0]), module.start(given[1])
    else:
        start, end = module.start(found[0]), module.end(found[0])
    return Edit(module.path, start, end, "")


def rewritten(module: SourceModule, node: ast.AST, edits: Iterable[Edit]) -> str | None:
    """The text of a node with edits that lie inside it."""
    first, last = module.offset(module.start(node)), module.offset(module.end(node))
    text, done = "", first
    for edit in sorted(edits, key=lambda e: module.offset(e.start)):
        start, end = module.offset(edit.start), module.offset(edit.end)
        if start < done or end > last:
            return None
        text += module.text[done:start] + edit.text
        done = end
    return text + module.text[done:last]


def node_in(
    module: SourceModule, place: SourceLocation, kinds: tuple[type[ast.expr], ...]
) -> Iterable[ast.expr]:
    """Expressions of those kinds at a place: the exact one first, then all of its statement."""
    exact = module.expression_at(place)
    if isinstance(exact, kinds):
        yield exact
    statement = module.statement_of(place)
    if statement is not None:
        for node in ast.walk(statement):
            if isinstance(node, kinds) and node is not exact:
                yield node
