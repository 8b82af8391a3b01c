"""Whether a text can show a sign at all, read off the text: quick, and never too little.

Parsing is most of what reading a project costs, and few files keep anything of interest. So what is
stored on objects is looked at as text first, and only a file that may show a sign is parsed.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from whygrad.source.facts.pieces import (
    after_call,
    expression_at,
    has_display,
    is_object,
    is_statement,
)
from whygrad.source.facts.signs import BASE, IGNORES, KEEPS, is_plain

_STORE: Final = (
    # `self.x = `, `self.x: list = `, `self.x += `
    r"\.(\w+)[ \t]*(?::[^=\n]*)?([-+*/|&^%@]*)=[ \t]*(?!=)"
    # With more targets, `self.x, y = `; an annotation over several lines.
    r"|\.\w+[ \t]*(,)[^=\n(]*=(?!=)"
    r"|\.\w+[ \t]*(:)[^=\n]*[\[(]\n"
)
_GROWTH: Final = (
    r"\.(\w+)(?:\[[^\]\n]*\])*(?:\[[^\n]*\][ \t]*\+?=(?!=)[ \t]*"
    r"|\.(?:append|add|appendleft|insert|extend|update|setdefault)\()"
)
_GROWING: Final = re.compile(
    r"\.(?:append|add|appendleft|insert|extend|update|setdefault)\(| \+=|\[[^\n]*\] ?="
)
_OWNERS: Final = re.compile(r"def \w+\(\s*(?!self\b)(\w+)")
_BLOCKS: Final = re.compile(r"\n(class|def|async|@|if|try|el|except|finally|with|for|while)")
_METHODS: Final = re.compile(r"def (\w+)\(")
_BASES: Final = re.compile(r"class[ \t]+\w+[ \t]*(?:\[[^\n]*\])?\(([^:]*)\)\s*:")
_RETURNS: Final = re.compile(r"(\breturn)[ \t(]")
_NEXT: Final = ("def ", "async def ", "@", "class ")
_NAME: Final = re.compile(r"\w+")
_CALLED: Final = re.compile(r"([A-Za-z_][\w.]*)\(")
_BARE: Final = re.compile(r"(?<![\w.\"'])([A-Za-z_]\w*)(?!\w|\s*[(\"']|=[^=])")
_SIMPLE: Final = re.compile(r"[\w.]+\.\w+|\d[\w.]*|None|True|False|\"[^\"\n]*\"|'[^'\n]*'")
_COMPUTES: Final = {"forward", "call", "__call__", "__init__"}
_SETATTR: Final = re.compile(r"setattr\(\s*(\w+)")
_WORDS: Final = {
    "torch", "nn", "np", "math", "os", "config", "F", "tf", "keras", "jnp",
    "True", "False", "None", "self", "and", "or", "not", "if", "else", "for", "in",
}  # fmt: skip
_ASKS: Final = re.compile(r"requires_grad_\(|\brequires_grad[ \t]*=(?![ \t]*False\b)")


class Hints(NamedTuple):
    """What a text says of itself."""

    parse: bool
    """Whether its facts may show a sign of their own."""
    signs: frozenset[str]
    """Its signs as far as text tells; some may be too many. Not asked where it is parsed."""
    helpers: frozenset[str]
    """What its functions may give, as signs of the classes that keep it (`keeps NAME`)."""


def hints_of(text: str) -> Hints:
    """The hints of a file."""
    signs = {IGNORES} if "whygrad:" in text else set()
    for piece in text.split("\nclass "):
        looked = _Piece(f"\n{piece}")
        if looked.suspicious():
            return Hints(True, frozenset(), frozenset())
        signs |= looked.keeps
    for bases in _BASES.findall(text):
        signs.update(BASE + name for name in _NAME.findall(bases))
    return Hints(False, frozenset(signs), frozenset(_helpers(text)))


def _helpers(text: str) -> Iterator[str]:
    """The functions and methods of a text, by what would keep their results."""
    blocks = [(m.start(), m[1]) for m in _BLOCKS.finditer(text)]
    starts = [start for start, _ in blocks]
    for match in _METHODS.finditer(text):
        start, name = match.start(), match[1]
        if name in _COMPUTES:
            continue
        if start == 0 or text[start - 1] == "\n" or text[start - 7 : start] == "\nasync ":
            yield KEEPS + name
            continue
        yield f"{KEEPS}self.{name}"
        # A function under an `if` at the top is one of the module's.
        index = bisect(starts, start) - 1
        if index >= 0 and blocks[index][1] not in ("class", "def", "async", "@"):
            yield KEEPS + name


def may_give(text: str, names: frozenset[str]) -> bool:
    """Whether one of the functions, by their signs (`keeps NAME`), may return a container of
    something made.
    """
    wanted = {name[len(KEEPS) :].removeprefix("self.") for name in names}
    for match in _METHODS.finditer(text):
        if match[1] not in wanted:
            continue
        line = text.rfind("\n", 0, match.start()) + 1
        indent = text[line : match.start()].removesuffix("async ")
        ends = [text.find(f"\n{indent}{word}", match.end()) for word in _NEXT]
        body = _Piece(text[match.end() : min((e for e in ends if e >= 0), default=len(text))])
        if body.gives():
            return True
    return False


class _Chain(NamedTuple):
    """What is seen in an expression, and in the values of the local names in it."""

    display: bool
    """A list, tuple, set or dict is made."""
    made: bool
    """Something is made that may be an object."""
    asks: bool
    """Something asks for a gradient, or a parameter is computed with."""


_ANYTHING: Final = _Chain(True, True, True)


class _Piece:
    """The text of a class, or of what stands between two."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.keeps: set[str] = set()
        self._chains: dict[str, _Chain] = {}
        self._grown: set[str] | None = None

    def suspicious(self) -> bool:
        """Whether anything that is stored may be what a sign says."""
        text = self.text
        owners = _owners(text)
        if "setattr(" in text and any(o in owners for o in _SETATTR.findall(text)):
            return True
        tracked, plain, grown = set[str](), set[str](), set[str]()
        for match in chain.from_iterable(_stores(o).finditer(text) for o in owners):
            name, sign, start = match[1], match[2], match.end()
            if match[4]:
                return True
            if match[3]:
                if is_statement(text, match.start()) and self._at(start) != _NOTHING:
                    return True
                continue
            value = expression_at(text, start)
            if value is None:
                return True
            if _SIMPLE.fullmatch(value):
                continue
            if sign:
                grown |= {name} if self._chain(value).made else set()
            elif is_object(value):
                tracked.add(name)
            elif self._holds(value):
                return True
            else:
                plain.add(name)
        for match in chain.from_iterable(_growths(o).finditer(text) for o in owners):
            # From the bracket of the call on, which may end lines further down.
            start = match.end() - (text[match.end() - 1] == "(")
            if match[1] not in grown and self._at(start).made:
                grown.add(match[1])
        return not grown <= tracked - plain

    def gives(self) -> bool:
        """Whether anything that is returned may be a container of something made."""
        seen = (self._at(m.end(1)) for m in _RETURNS.finditer(self.text))
        return any(s.display and s.made for s in seen)

    def _holds(self, value: str) -> bool:
        seen = self._chain(value)
        return seen.asks or (seen.display and seen.made)

    def _at(self, start: int) -> _Chain:
        value = expression_at(self.text, start)
        return _ANYTHING if value is None else self._chain(value)

    def _chain(self, value: str) -> _Chain:
        """What may be in a value. Names that it is made of are looked up in the piece."""
        if value in self._chains:
            return self._chains[value]
        first, plain = value, value.isidentifier()
        display = made = asks = False
        todo, seen = [value], set[str]()
        while todo:
            value = todo.pop()
            if _SIMPLE.fullmatch(value):
                continue
            called = _CALLED.findall(value)
            made = made or any(map(_makes, called))
            if is_object(value):
                asks = asks or ("Parameter(" in value and not plain)
                continue
            self._note(called)
            display = display or has_display(value)
            asks = asks or _ASKS.search(value) is not None
            asks = asks or ("Parameter(" in value and after_call(value, "Parameter("))
            for name in set(_BARE.findall(value)) - _WORDS - seen:
                seen.add(name)
                todo += self._local(name)
                if self._grows(name):
                    display = made = True
        self._chains[first] = _Chain(display, made, asks)
        return self._chains[first]

    def _note(self, called: list[str]) -> None:
        for name in called:
            own = name.startswith("self.") and name.count(".") == 1
            self.keeps.add(KEEPS + (name if own else name.rpartition(".")[2]))
            if f" as {name}" in self.text:
                found = re.findall(rf"(\w+) as {name}\b", self.text)
                self.keeps.update(KEEPS + original for original in found)

    def _local(self, name: str) -> Iterator[str]:
        """The values that are given to a local name anywhere in the piece."""
        text = self.text
        for form in (
            f" {name} =",
            f"\t{name} =",
            f" {name}:",
            f" {name}, ",
            f"({name} :=",
            f" {name}=",
        ):
            start = text.find(form)
            while start >= 0:
                end = text.find("\n", start)
                sign = text.find("=", start + len(form) - 1, end if end >= 0 else len(text))
                if sign >= 0 and text[sign + 1] != "=" and is_statement(text, start + 1, sign):
                    yield expression_at(text, sign + 1) or "[made()]"
                start = text.find(form, start + 1)
        # `for x in several`, also inside of a comprehension.
        for form in (f" {name} in ", f" {name}, "):
            start = text.find(form)
            while start >= 0:
                end = text.find("\n", start)
                _, found, rest = text[start : end if end >= 0 else len(text)].partition(" in ")
                if found:
                    yield rest.strip()
                start = text.find(form, start + 1)

    def _grows(self, name: str) -> bool:
        """Whether something is put into a local name."""
        if self._grown is None:
            text = self.text
            ends = (m.start() for m in _GROWING.finditer(text))
            self._grown = {text[_word(text, end) : end] for end in ends}
        return name in self._grown


def _word(text: str, end: int) -> int:
    """Where the word begins that ends there."""
    start = end
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return start


_NOTHING: Final = _Chain(False, False, False)


def _makes(name: str) -> bool:
    """Whether a call may make an object: not `len`, nor a method of something."""
    if name.startswith("self.") and name.count(".") > 1:
        return False
    return not is_plain(name) and name.rpartition(".")[2] != "OrderedDict"


def _owners(text: str) -> tuple[str, ...]:
    others = {name for name in _OWNERS.findall(text) if f"{name}." in text}
    return ("self", *sorted(others))


@lru_cache(maxsize=1024)
def _stores(owner: str) -> re.Pattern[str]:
    # It begins with the name itself, for which `re` has a quick search.
    return re.compile(f"{owner}(?:{_STORE})")


@lru_cache(maxsize=1024)
def _growths(owner: str) -> re.Pattern[str]:
    return re.compile(f"{owner}{_GROWTH}")
