"""Text from a person's program made safe to print: it may hold what moves a cursor."""

from __future__ import annotations

import unicodedata

# Cc control, Cf format (among them the marks that turn the reading direction), Cs lone surrogates,
# Zl and Zp line separators: none of them shows as itself, some rewrite what stands around them.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # needed to spell words and emoji; they move nothing


def printable(text: str, keep: str = "") -> str:
    """Spell out every character that a terminal would obey instead of show."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if c in keep or c in _JOINERS or unicodedata.category(c) not in _UNSEEN else _spelt(c)
        for c in text
    )


def one_line(text: str) -> str:
    """Give the same with line breaks and tabs as single spaces."""
    return printable(" ".join(text.split()) if not text.isprintable() else text.strip())


def _spelt(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
