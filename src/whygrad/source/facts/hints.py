"""Whether a text can show a sign at all, read off the text: quick, and never too little.

Parsing is most of what reading a project costs, and few files keep anything of interest. So what is
stored on objects is looked at as text first, and only a file that may show a sign is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from whygrad.source.facts.outline import METHODS, NAME, helpers_in, names_at_top, owners_in
from whygrad.source.facts.pieces import (
    after_call,
    displays,
    expression_at,
    has_comma,
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
_BASES: Final = re.compile(r"class[ \t]+\w+[ \t]*(?:\[[^\n]*\])?\(((?:[^:#]|#[^\n]*\n)*)\)\s*:")
_RETURNS: Final = re.compile(r"(\breturn)[ \t(]")
_NEXT: Final = ("def ", "async def ", "@", "class ")
_CALLED: Final = re.compile(r"([A-Za-z_][\w.]*)\(")
_BARE: Final = re.compile(r"(?<![\w.\"'])([A-Za-z_]\w*)(?!\w|\s*[(\"']|=[^=])")
_SIMPLE: Final = re.compile(r"[\w.]+\.\w+|\d[\w.]*|None|True|False|\"[^\"\n]*\"|'[^'\n]*'")
_SIMPLE_LINE: Final = re.compile(r"(?:[\w.]+\.\w+|\d[\w.]*|None|True|False)[ \t]*\n")
_OBJECT_LINE: Final = re.compile(
    r"(?:\w+\.)*(?!OrderedDict\b|Variable\b)[A-Z]\w*\([^()\n]*\)[ \t]*\n"
)
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
    top = names_at_top(text)
    for piece in text.split("\nclass "):
        looked = _Piece(f"\n{piece}", top)
        if looked.suspicious():
            return Hints(True, frozenset(), frozenset())
        signs |= looked.keeps
    for bases in _BASES.findall(text):
        signs.update(BASE + name for name in NAME.findall(bases))
    return Hints(False, frozenset(signs), frozenset(helpers_in(text)))


def may_give(text: str, names: frozenset[str]) -> bool:
    """Whether one of the functions, by their signs (`keeps NAME`), may return a container of
    something made.
    """
    wanted = {name[len(KEEPS) :].removeprefix("self.") for name in names}
    top = names_at_top(text)
    for match in METHODS.finditer(text):
        if match[1] not in wanted:
            continue
        line = text.rfind("\n", 0, match.start()) + 1
        indent = text[line : match.start()].removesuffix("async ")
        ends = [text.find(f"\n{indent}{word}", match.end()) for word in _NEXT]
        body = _Piece(text[match.end() : min((e for e in ends if e >= 0), default=len(text))], top)
        if body.gives():
            return True
    return False


class _Seen(NamedTuple):
    """What is seen in an expression, and in the values of the local names in it."""

    made: bool
    """Something is made that may be an object: in a list, tuple, set or dict, where that is what
    was looked for.
    """
    asks: bool
    """Something asks for a gradient, or a parameter is computed with."""


_ANYTHING: Final = _Seen(True, True)
_NOTHING: Final = _Seen(False, False)


class _Piece:
    """The text of a class, or of what stands between two."""

    def __init__(self, text: str, top: frozenset[str]) -> None:
        """`top` are the names at the top level of the file."""
        self.text = text
        self.keeps: set[str] = set()
        self._top = top
        self._seen: dict[tuple[str, bool], _Seen] = {}
        self._locals: dict[str, list[str]] = {}
        self._owners: tuple[str, ...] = ("self",)
        self._flags = "requires_grad" in text
        self._rare: bool | None = None
        """Whether there are tabs or `:=`."""
        self._growing: dict[str, list[int]] | None = None

    def suspicious(self) -> bool:
        """Whether anything that is stored may be what a sign says."""
        text = self.text
        owners = self._owners = owners_in(text)
        if "setattr(" in text and any(o in owners for o in _SETATTR.findall(text)):
            return True
        tracked, plain, grown = set[str](), set[str](), set[str]()
        for match in chain.from_iterable(_stores(o).finditer(text) for o in owners):
            name, sign, start = match[1], match[2], match.end()
            if match[4]:
                return True
            if match[3] or "," in text[text.rfind("\n", 0, match.start()) : match.start()]:
                # Of `self.x, y = f()` nothing is known, unless each has its own value.
                value = expression_at(text, start) if is_statement(text, match.start()) else ""
                if value is None or (has_comma(value) and self._look(value) != _NOTHING):
                    return True
                plain |= {name} if name else set()
                continue
            if not sign:
                # What most lines are, without a closer look.
                if _SIMPLE_LINE.match(text, start):
                    continue
                if _OBJECT_LINE.match(text, start):
                    tracked.add(name)
                    continue
            value = expression_at(text, start)
            if value is None:
                return True
            if _SIMPLE.fullmatch(value):
                continue
            if sign:
                grown |= {name} if self._look(value, inside=True).made else set()
            elif is_object(value):
                tracked.add(name)
            elif self._look(value) != _NOTHING:
                return True
            else:
                plain.add(name)
        for match in chain.from_iterable(_growths(o).finditer(text) for o in owners):
            # From the bracket of the call on, which may end lines further down.
            start = match.end() - (text[match.end() - 1] == "(")
            if match[1] not in grown and self._at(start, inside=True).made:
                grown.add(match[1])
        return not grown <= tracked - plain

    def gives(self) -> bool:
        """Whether anything that is returned may be a container of something made."""
        return any(self._at(m.end(1)).made for m in _RETURNS.finditer(self.text))

    def _at(self, start: int, *, inside: bool = False) -> _Seen:
        value = expression_at(self.text, start)
        return _ANYTHING if value is None else self._look(value, inside=inside)

    def _look(self, value: str, *, inside: bool = False) -> _Seen:
        """What may be in a value. Names that it is made of are looked up in the piece. `inside`
        is asked of what is put into a container: else it has to make one first.
        """
        key = (value, inside)
        if key not in self._seen:
            self._seen[key] = self._looked(value, inside)
        return self._seen[key]

    def _looked(self, value: str, inside: bool) -> _Seen:
        plain = value.isidentifier()
        todo, names = [(value, inside)], set[tuple[str, bool]]()
        while todo:
            value, inside = todo.pop()
            if _SIMPLE.fullmatch(value):
                continue
            called = _CALLED.findall(value)
            if inside and any(map(self._makes, called)):
                return _ANYTHING
            if is_object(value):
                if "Parameter(" in value and not plain:
                    return _ANYTHING
                if not inside:
                    continue
            self._note(called)
            if _ASKS.search(value) or ("Parameter(" in value and after_call(value, "Parameter(")):
                return _ANYTHING
            todo += [] if inside else [(part, True) for part in displays(value)]
            words = set(_BARE.findall(value)) - _WORDS
            if plain and value in _WORDS and f" {value} = " in self.text:
                words.add(value)  # `config = made(...)`, `self.config = config`
            for name in words:
                if (name, inside) not in names:
                    if self._flags and f"{name}.requires_grad" in self.text:
                        return _ANYTHING
                    names.add((name, inside))
                    local = self._local(name)
                    todo += [(part, inside) for part in local]
                    if any(has_display(part) for part in local):
                        todo += [(part, True) for part in self._put_into(name)]
        return _NOTHING

    def _makes(self, name: str) -> bool:
        """Whether a call may make an object: not `len`, nor a method of an argument."""
        head, dot, rest = name.partition(".")
        if dot and head not in self._top and (head not in self._owners or "." in rest):
            # A class may come in by `from x import *`.
            return "*" in self._top and head[0].isupper()
        return not is_plain(name)

    def _note(self, called: list[str]) -> None:
        text = self.text
        for name in set(called):
            self.keeps.add(KEEPS + self._helper(name))
            if f" as {name}" in text:
                self.keeps.update(KEEPS + n for n in re.findall(rf"(\w+) as {name}\b", text))
            if f" {name} = " in text:
                others = re.findall(rf" {name} = ([\w.]+)\n", text)
                self.keeps.update(KEEPS + self._helper(other) for other in others)

    def _helper(self, name: str) -> str:
        """The method or function that is called, as its own file would call it."""
        head, dot, rest = name.partition(".")
        own = dot and head in self._owners and "." not in rest
        return f"self.{rest}" if own else name.rpartition(".")[2]

    def _local(self, name: str) -> list[str]:
        """The values that are given to a local name anywhere in the piece."""
        if name not in self._locals:
            self._locals[name] = [*self._assigned(name), *self._iterated(name)]
        return self._locals[name]

    def _assigned(self, name: str) -> Iterator[str]:
        text = self.text
        forms = [f" {name} =", f" {name}:", f" {name}, ", f" {name}="]
        if self._rare is None:
            self._rare = "\t" in text or ":=" in text
        if self._rare:
            forms += [f"\t{name} =", f"({name} :="]
        for form in forms:
            start = text.find(form)
            while start >= 0:
                end = text.find("\n", start)
                sign = text.find("=", start + len(form) - 1, end if end >= 0 else len(text))
                if sign >= 0 and text[sign + 1] != "=" and is_statement(text, start + 1, sign):
                    yield expression_at(text, sign + 1) or "[made()]"
                start = text.find(form, start + 1)

    def _iterated(self, name: str) -> Iterator[str]:
        """`for x in several`, also inside of a comprehension."""
        text = self.text
        for form in (f" {name} in ", f" {name}, "):
            start = text.find(form)
            while start >= 0:
                end = text.find("\n", start)
                _, found, rest = text[start : end if end >= 0 else len(text)].partition(" in ")
                if found:
                    yield rest.strip()
                start = text.find(form, start + 1)

    def _put_into(self, name: str) -> Iterator[str]:
        """What is put into a local name."""
        if self._growing is None:
            self._growing = {}
            text = self.text
            for match in _GROWING.finditer(text):
                word = text[_word(text, match.start()) : match.start()]
                start = match.end() - (text[match.end() - 1] == "(")
                self._growing.setdefault(word, []).append(start)
        for start in self._growing.get(name, ()):
            yield expression_at(self.text, start) or "made()"


def _word(text: str, end: int) -> int:
    """Where the word begins that ends there."""
    start = end
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return start


@lru_cache(maxsize=1024)
def _stores(owner: str) -> re.Pattern[str]:
    # It begins with the name itself, for which `re` has a quick search.
    return re.compile(f"{owner}(?:{_STORE})")


@lru_cache(maxsize=1024)
def _growths(owner: str) -> re.Pattern[str]:
    return re.compile(f"{owner}{_GROWTH}")
