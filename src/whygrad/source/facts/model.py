"""The facts of one file as plain values, and how they become bytes and come back."""

from __future__ import annotations

import marshal
from typing import Any, Final, NamedTuple, cast


class Span(NamedTuple):
    """A place as `ast` counts: lines from 1, columns in UTF-8 bytes from 0."""

    line: int
    column: int
    end_line: int
    end_column: int


class Term(NamedTuple):
    """What an expression is made of, as far as its function shows. `kind` is one of

    `call` (name: what is called), `method` (name; the receiver is the first part), `list`, `tuple`,
    `set`, `dict`, `generator` (name `for` where made by a comprehension, `text` where all keys of a
    dict are strings), `global` (a name of the module), `own` (an attribute of `self`), `self`,
    `argument`, `operation`, `either` (one of the parts), `element` (of what is iterated over),
    `keyword` (an argument by name), `spread` (`*a` or `**a`), `constant` (name: its `repr`),
    `unknown`.
    """

    kind: str
    name: str = ""
    parts: tuple[Term, ...] = ()


UNKNOWN: Final = Term("unknown")


class Store(NamedTuple):
    """A statement of a class that puts something on its object.

    `how`: `assign`, `augmented`, `unpacked`, `loop`, `with`, `delete`, `setattr`, the method that
    registers (`register_buffer`, ...), or how a container grows (`append`, `extend`, `item`, ...).
    """

    attribute: str
    """The name; with `*` for what is computed: `layer*` of `setattr(self, f"layer{i}", ...)`."""
    how: str
    method: str
    """The method's name; empty in the body of the class."""
    term: Term
    span: Span
    conditional: bool
    """Whether an `if`, a loop or a handler of an exception stands around it."""


class FunctionFacts(NamedTuple):
    """A function or method, and what its text mentions of its object."""

    name: str
    line: int
    last_line: int
    decorators: tuple[str, ...]
    owner: str
    """What it calls its object: `self`; empty for a plain function or a static method."""
    reads: frozenset[str]
    """Attributes of the object that are mentioned other than by storing; strings count too."""
    calls: frozenset[str]
    """Those that are called: methods, and modules."""
    supers: frozenset[str]
    """What is asked of `super()`."""
    hands_out: bool
    """Whether the object itself goes somewhere, so that any attribute may be read there."""
    returns: tuple[Term, ...]


class ClassFacts(NamedTuple):
    """A class: bases by the names that stand there, what it stores, its methods."""

    qualname: str
    line: int
    bases: tuple[str, ...]
    """Dotted names; `?` for anything else."""
    decorators: tuple[str, ...]
    stores: tuple[Store, ...]
    methods: tuple[FunctionFacts, ...]


class FileFacts(NamedTuple):
    """One file. `bindings` are the names at module level, each with all it may stand for:

    `=` is a class or function defined here, `None` is that, `?` anything else. The rest is a dotted
    name: of an import (`torch.nn`, relative ones with their dots: `..layers.Block`), or with `@`
    before it another name of this file.
    """

    bindings: dict[str, tuple[str, ...]]
    stars: tuple[str, ...]
    """The modules of `from x import *`, the last one first."""
    public: tuple[str, ...] | None
    """`__all__`, where it is written out."""
    imported: frozenset[str]
    """Every module that is imported anywhere in the file, also inside functions."""
    classes: tuple[ClassFacts, ...]
    functions: tuple[FunctionFacts, ...]


def pack(facts: FileFacts) -> bytes:
    """The facts as bytes. `marshal` runs nothing when it is read, unlike `pickle`."""
    return marshal.dumps(_plain(facts))


def unpack(data: bytes) -> FileFacts:
    """Facts from bytes. Raises ValueError, EOFError or TypeError where they are none."""
    row = cast("tuple[Any, ...]", marshal.loads(data))
    bindings, stars, public, imported, classes, functions = row
    return FileFacts(
        bindings,
        stars,
        public,
        imported,
        tuple(_class(c) for c in classes),
        tuple(_function(f) for f in functions),
    )


def _plain(value: Any) -> Any:
    # `marshal` takes exact tuples only. As deep as a term is, and terms are cut off (see terms.py).
    if isinstance(value, tuple):
        return tuple([_plain(v) if isinstance(v, tuple) else v for v in value])
    return value


def _class(row: Any) -> ClassFacts:
    qualname, line, bases, decorators, stores, methods = row
    return ClassFacts(
        qualname,
        line,
        bases,
        decorators,
        tuple(
            Store(attribute, how, method, _term(term), Span(*span), conditional)
            for attribute, how, method, term, span, conditional in stores
        ),
        tuple(_function(m) for m in methods),
    )


def _function(row: Any) -> FunctionFacts:
    return FunctionFacts._make((*row[:-1], tuple([_term(t) for t in row[-1]])))


def _term(row: Any) -> Term:
    kind, name, parts = row
    return Term(kind, name, tuple([_term(p) for p in parts]))
