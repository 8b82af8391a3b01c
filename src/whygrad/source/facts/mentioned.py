"""What a method mentions of its object, read off its text: quick, and never too little.

Words in strings and comments count too: a screen before anything is looked at closely.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

_SUPER: Final = re.compile(r"\bsuper\([\w.]+,\s*\w+\)")
_SUPERS: Final = re.compile(r"\bsuper\([^()\n]*\)\s*\.\s*(\w+)")


class Mentioned(NamedTuple):
    """See `FunctionFacts`."""

    reads: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    supers: frozenset[str] = frozenset()
    hands_out: bool = False


def mentions(text: str, owner: str) -> Mentioned:
    """What the text of a function's body mentions of `owner`."""
    reads, calls = set(), set()
    bare = False
    pattern = _pattern(owner)
    for itself, name, after in pattern.findall(text):
        if name:
            if after == "(":
                calls.add(name)
            if after != "=":
                reads.add(name)
        elif itself:
            bare = True
    if bare and "super(" in text:
        # `super(Net, self).__init__()`, as in Python 2, hands nothing out.
        bare = any(i and not n for i, n, _ in pattern.findall(_SUPER.sub("", text)))
    supers = _SUPERS.findall(text) if "super" in text else ()
    return Mentioned(frozenset(reads), frozenset(calls), frozenset(supers), bare)


@lru_cache(maxsize=64)
def _pattern(owner: str) -> re.Pattern[str]:
    name = re.escape(owner)
    # It begins with the name itself, for which `re` has a quick search; what must not stand before
    # is asked afterwards.
    return re.compile(
        rf"({name})(?<![\w.]{name})"
        # What follows the name: a call, a plain store (which is no reading), or anything else.
        r"(?:\s*\.\s*(\w+)(?:\s*(\(|=(?!=)))?"
        # The object itself, but not the word, as in "self-attention".
        r"|(?=\s*[,)\]}:=\n]|\s+(?:if|else|for|is|in|and|or|not|as)\b|\s*$))"
    )
