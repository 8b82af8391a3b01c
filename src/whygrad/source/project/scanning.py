"""One file to its facts: tested for a framework's name, its text looked at, parsed if need be."""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from whygrad.source.facts.hints import hints_of
from whygrad.source.facts.model import pack
from whygrad.source.facts.scan import facts_of
from whygrad.source.facts.signs import IGNORES, signs_of
from whygrad.source.facts.words import ELSEWHERE, signs_in
from whygrad.source.files import decode
from whygrad.source.module import parse
from whygrad.source.project.frameworks import imports_in, names_a_framework
from whygrad.source.project.generated import is_generated
from whygrad.source.project.notebook import NotPythonError, read_notebook

_LARGEST: Final = 8_000_000
"""Bytes. Nobody wrote a longer file by hand."""


class Look:
    """How closely a file is looked at; each one includes those before. Plain numbers: they go
    between processes.
    """

    WORDS: Final = 0
    """Whether it names a framework, and what it imports."""
    TEXT: Final = 1
    """What its text says of itself: done where it names a framework, or reaches one."""
    FACTS: Final = 2
    """It is parsed: done where its text may show a sign, or where it is named itself."""
    ALL: Final = 3
    """As `WORDS`, but what names a framework is parsed whatever its text says."""


class Scanned(NamedTuple):
    """What is kept of a file."""

    digest: bytes
    look: int
    imported: frozenset[str] = frozenset()
    signs: frozenset[str] = frozenset()
    helpers: frozenset[str] = frozenset()
    """See `Hints`; of a file that was not parsed."""
    facts: bytes = b""
    """Empty where it was not parsed."""
    error: str = ""
    """Why it could not be read: one line, without the path."""


def digest_of(data: bytes) -> bytes:
    """What identifies a content."""
    return hashlib.blake2b(data, digest_size=16).digest()


def scan(path: str, data: bytes, digest: bytes, look: int = Look.WORDS) -> Scanned:
    """What there is to know of a file's content. It is looked at more closely than `look` where
    what is seen asks for it.
    """
    if len(data) > _LARGEST:
        return _unreadable(digest, f"too large: {len(data)} bytes")
    if look != Look.FACTS:
        if is_generated(data):
            return Scanned(digest, Look.FACTS)
        if look != Look.TEXT and not names_a_framework(data):
            return Scanned(digest, Look.WORDS, imports_in(data))
    is_notebook = path.endswith(".ipynb")
    try:
        text = read_notebook(data).text if is_notebook else decode(data)[0]
    except NotPythonError:
        return Scanned(digest, Look.FACTS)  # of R, or Julia: nothing of it is our business
    except (ValueError, SyntaxError, LookupError, RecursionError) as error:
        return _unreadable(digest, f"cannot be read: {_said(error)}")
    if look in (Look.WORDS, Look.TEXT) and not is_notebook:
        hints = hints_of(text)
        if not hints.parse:
            signs = hints.signs | signs_in(text)
            # Of these the text does not tell what their classes keep.
            if ELSEWHERE not in signs:
                return Scanned(digest, Look.TEXT, imports_in(data), signs, hints.helpers)
    return _parsed(text, digest)


def _parsed(text: str, digest: bytes) -> Scanned:
    try:
        tree = parse(text)
    except SyntaxError as error:
        line = f" (line {error.lineno})" if error.lineno else ""
        return _unreadable(digest, f"is not Python: {error.msg}{line}")
    except (ValueError, RecursionError, MemoryError) as error:
        return _unreadable(digest, f"is not Python: {_said(error)}")
    facts = facts_of(text, tree)
    signs = signs_of(facts) | signs_in(text) | ({IGNORES} if "whygrad:" in text else set())
    return Scanned(digest, Look.FACTS, facts.imported, signs, facts=pack(facts))


def _unreadable(digest: bytes, error: str) -> Scanned:
    return Scanned(digest, Look.FACTS, error=error)


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
