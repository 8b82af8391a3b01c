"""What stands where in a text: functions, what methods call their object, names at the top."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from whygrad.source.facts.signs import BUILTINS, KEEPS

_OTHER_FIRST: Final = re.compile(r"def \w+\(\s*(?!self\b)\w")
_INDENTS: Final = re.compile(r"\n([ \t]+)(?:async )?def ")
_INNER_CLASS: Final = re.compile(r"\n[ \t]+class ")
_BLOCKS: Final = re.compile(r"\n(class|def|async|@|if|try|el|except|finally|with|for|while)")
_AT_TOP: Final = re.compile(r"\n(?:class |def |async def |for |with .* as )?([A-Za-z_]\w*)")
_IMPORTED: Final = re.compile(r"import[ \t]+(\([^)]*|[^\n(]+)")
_UNDER_IF: Final = re.compile(r"\n(?:if|try|with|for|while)\b")
_INDENTED: Final = re.compile(r"\n(?:    |\t)([A-Za-z_]\w*)(?:: [^=\n]*)? =")
METHODS: Final = re.compile(r"def (\w+)\(")
NAME: Final = re.compile(r"\w+")
COMPUTES: Final = {"forward", "call", "__call__", "__init__"}


def helpers_in(text: str) -> Iterator[str]:
    """The functions and methods of a text, by what would keep their results."""
    blocks = [(m.start(), m[1]) for m in _BLOCKS.finditer(text)]
    starts = [start for start, _ in blocks]
    for match in METHODS.finditer(text):
        start, name = match.start(), match[1]
        if name in COMPUTES:
            continue
        if start == 0 or text[start - 1] == "\n" or text[start - 7 : start] == "\nasync ":
            yield KEEPS + name
            continue
        yield f"{KEEPS}self.{name}"
        # A function under an `if` at the top is one of the module's.
        index = bisect(starts, start) - 1
        if index >= 0 and blocks[index][1] not in ("class", "def", "async", "@"):
            yield KEEPS + name


def names_at_top(text: str) -> frozenset[str]:
    """The names that stand for something of the module, and some that do not; `*` where more may
    come in by `from x import *`.
    """
    names = set(_AT_TOP.findall(text))
    for imported in _IMPORTED.findall(text):
        names.update(NAME.findall(imported) or imported.split("#")[0].split())
    if _UNDER_IF.search(text):
        names.update(_INDENTED.findall(text))
    return frozenset(names | BUILTINS)


def owners_in(text: str) -> tuple[str, ...]:
    """What the methods of a class call their object."""
    if _OTHER_FIRST.search(text) is None:
        return ("self",)
    indents = _INDENTS.findall(text)
    if not indents:
        return ("self",)
    # Functions in functions are no methods, unless there is a class in between.
    indent = r"[ \t]+" if _INNER_CLASS.search(text) else min(indents, key=len)
    others = {name for kind, name in _methods_at(indent).findall(text) if not kind}
    return ("self", *sorted(name for name in others if f"{name}." in text))


@lru_cache(maxsize=64)
def _methods_at(indent: str) -> re.Pattern[str]:
    return re.compile(
        rf"\n{indent}(?:(@staticmethod|@classmethod)\n[ \t]*)?"
        r"(?:async )?def \w+\(\s*(?!self\b)(\w+)"
    )
