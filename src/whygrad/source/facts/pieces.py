"""Expressions as text: where they end, and what their brackets are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_OBJECT: Final = re.compile(r"(?:\w+\.)*(?!OrderedDict\b|Variable\b)[A-Z]\w*\(")
_DISPLAY: Final = re.compile(
    r"(?<![\w)\]\"'])[\[{]|\b(?:list|tuple|set|dict|OrderedDict|defaultdict|deque|sorted)\("
)
_GROUP: Final = re.compile(r"(?<![\w)\]])\(")
_BRACKET: Final = re.compile(r"[()\[\]{}]")
_INNER: Final = re.compile(r"[()\[\]{},]")
_LONGEST: Final = 20_000
"""Characters of one expression that are looked at."""
_OPEN: Final = ("(", "[", "{", ",")


def expression_at(text: str, start: int) -> str | None:
    """The text of an expression, over all its lines; None where its end is not found."""
    end = text.find("\n", start)
    if end < 0:
        end = len(text)
    line = text[start:end]
    if line.endswith(("\\", "(", "[", "{", ",")) or not _balanced(line):
        if line.endswith("\\"):
            return None
        opened = _BRACKET.search(text, start, end)
        position = start
        while opened is not None:
            if opened[0] not in "([{":
                return None
            position = closed(text, opened.start())
            if position - start > _LONGEST:
                return None
            end = text.find("\n", position)
            if end < 0:
                end = len(text)
            opened = _BRACKET.search(text, position, end)
        return text[start:end].strip()
    return line.strip()


def _balanced(line: str) -> bool:
    return (
        line.count("(") == line.count(")")
        and line.count("[") == line.count("]")
        and line.count("{") == line.count("}")
    )


def closed(text: str, start: int) -> int:
    """Where the bracket at `start` is closed again."""
    depth = 0
    for match in _BRACKET.finditer(text, start):
        depth += 1 if match[0] in "([{" else -1
        if depth == 0:
            return match.end()
    return len(text)


def is_object(value: str) -> bool:
    """`Block(...)` and nothing after it."""
    match = _OBJECT.match(value)
    if match is None:
        return False
    if value[-1] == ")" and value.count("(") == 1:
        return True
    rest = value[closed(value, match.end() - 1) :].strip()
    return not rest or rest.startswith("#")


def has_display(value: str) -> bool:
    """Whether a list, tuple, set or dict is made somewhere in an expression."""
    return next(displays(value), None) is not None


def displays(value: str) -> Iterator[str]:
    """The texts of the lists, tuples, sets and dicts that are made in an expression."""
    for match in _DISPLAY.finditer(value):
        yield value[match.end() : closed(value, match.end() - 1)]
    if has_comma(value):
        yield value
    for match in _GROUP.finditer(value):
        if _is_tuple(value, match.start()):
            yield value[match.end() : closed(value, match.start())]


def has_comma(value: str) -> bool:
    """Whether an expression is a tuple without brackets."""
    depth = 0
    for match in _INNER.finditer(value):
        if match[0] in "([{":
            depth += 1
        elif match[0] != ",":
            depth -= 1
        elif depth == 0:
            return True
    return False


def _is_tuple(value: str, start: int) -> bool:
    depth = 0
    for match in _INNER.finditer(value, start):
        if match[0] in "([{":
            depth += 1
        elif match[0] != ",":
            depth -= 1
            if depth == 0:
                return " for " in value[start : match.start()] or match.start() == start + 1
        elif depth == 1:
            return True
    return True


def after_call(value: str, callee: str) -> bool:
    """Whether something is done with the result of a call: `nn.Parameter(x) * 2`."""
    start = value.find(callee)
    while start >= 0:
        before = re.sub(r"[\w.]*$", "", value[:start]).rstrip()
        after = value[closed(value, start + len(callee) - 1) :].lstrip()
        if before.endswith(("*", "+", "-", "/", "@", "%")) or after.startswith(
            (".", "[", "*", "+", "-", "/", "@", "%")
        ):
            return True
        start = value.find(callee, start + 1)
    return False


def is_statement(text: str, start: int, sign: int | None = None) -> bool:
    """Whether targets at `start` begin a statement, and are no arguments of a call over several
    lines. `sign` is where the `=` stands.
    """
    line = text.rfind("\n", 0, start) + 1
    head = text[line : start if sign is None else sign]
    if "(" in head:
        return head.lstrip().startswith("(") and ":=" not in head
    before = text[:line].rstrip() if line < 400 else text[line - 400 : line].rstrip()
    return not before.endswith(_OPEN)
