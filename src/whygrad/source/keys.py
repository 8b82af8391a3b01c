"""Names as data flow sees them: `self.total`, `logs['loss']`, and what an expression loads."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Set
from typing import Final

from whygrad.source.expressions import dotted

Key = tuple[str, ...]
"""A name and what is reached from it: `("logs", "['loss']")`, `("self", ".total")`."""

Hop = tuple[str, int]
"""A name and the line at which the value came to it."""
Chain = tuple[Hop, ...]
State = dict[Key, Chain]
"""The names that may hold the value, and by which names it came there."""

Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
_Into = Callable[[ast.AST | None, State], Chain | None]

_GONE: Final = {
    "len", "isinstance", "type", "id", "hash", "print", "range", "str", "repr", "format",
    "hasattr", "callable", "ascii", "bin", "hex", "iter_count",
}  # fmt: skip
"""What these give holds nothing of the value that a gradient could be asked of."""

_SHAPES: Final = {
    "zeros", "ones", "empty", "rand", "randn", "eye", "arange", "randint", "randperm", "view",
    "reshape", "expand", "repeat", "repeat_interleave", "size", "unsqueeze", "squeeze", "chunk",
    "split", "manual_seed", "seed", "narrow", "unfold", "tril", "triu", "topk",
}  # fmt: skip
"""Functions whose Python numbers are sizes, axes or counts. Their receiver still counts."""


def key_of(node: ast.AST | None) -> Key | None:
    """The key that an expression names; None for anything but names, attributes and `x[const]`."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(f".{node.attr}")
            node = node.value
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            parts.append(f"[{node.slice.value!r}]")
            node = node.value
        elif isinstance(node, ast.Name):
            return (node.id, *reversed(parts))
        else:
            return None


def text_of(key: Key) -> str:
    """A key as a person writes it."""
    return "".join(key)


def look_up(state: State, key: Key) -> Chain | None:
    """How the value came to what `key` loads, if it did."""
    for length in range(1, len(key) + 1):
        found = state.get(key[:length])
        if found is not None:
            return found
    if key == ("self",):
        return None
    for name, chain in state.items():
        if name[: len(key)] == key:
            return chain
    return None


def chain_into(
    node: ast.AST | None,
    state: State,
    source: ast.AST | None = None,
    *,
    inside: bool = True,
    stops: Set[int] = frozenset(),
) -> Chain | None:
    """How the value comes into an expression: through a name, or because `source` stands in it.

    Not where it only decides (`a if value else b`), counts (`range(value)`), or picks (`x[value]`).
    Without `inside`, `source` counts for nothing; neither does what stands in `stops` (ids).
    """

    def within(part: ast.AST | None, known: State) -> Chain | None:
        return chain_into(part, known, source, inside=inside, stops=stops)

    if node is None:
        return None
    best: Chain | None = None
    todo: list[tuple[ast.AST, State]] = [(node, state)]
    while todo:
        node, known = todo.pop()
        if node is source:
            if inside:
                return ()
            continue
        if id(node) in stops:
            continue
        key = key_of(node)
        if key is not None:
            found = look_up(known, key)
            if found is not None and (best is None or len(found) < len(best)):
                best = found
            if source is not None:
                todo.extend((child, {}) for child in _children(node))
        else:
            todo.extend(_parts(node, known, within))
    return best


def _parts(node: ast.AST, state: State, within: _Into) -> Iterator[tuple[ast.AST, State]]:
    """The parts of an expression from which its value is made, and what is known in them."""
    if isinstance(node, ast.Call):
        yield from _parts_of_call(node, state)
    elif isinstance(node, ast.IfExp):
        yield from ((node.body, state), (node.orelse, state))
    elif isinstance(node, ast.Subscript):
        yield node.value, state
    elif isinstance(node, ast.JoinedStr):
        return
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        known = inside_comprehension(node, state, within)
        if isinstance(node, ast.DictComp):
            yield node.key, known
            yield node.value, known
        else:
            yield node.elt, known
        # The source may stand in an iterable: it counts only through the name bound to it.
    elif isinstance(node, ast.Lambda):
        bound = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
        yield node.body, {k: c for k, c in state.items() if k[0] not in bound}
    else:
        yield from ((child, state) for child in _children(node))


def _parts_of_call(node: ast.Call, state: State) -> Iterator[tuple[ast.AST, State]]:
    name = dotted(node.func) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
    last = name.rpartition(".")[2]
    if name in _GONE:
        return
    if isinstance(node.func, ast.Attribute):
        base, whole = key_of(node.func.value), key_of(node.func)
        if whole is not None and whole in state:
            yield node.func, state
        elif base is not None and look_up(state, base) is not None:
            # `logs.values()` hands out what is in `logs`; `model.fc()` nothing of `model.scale`.
            elements = {
                k: c
                for k, c in state.items()
                if len(k) <= len(base) or k[len(base)].startswith("[")
            }
            if look_up(elements, base) is not None:
                yield node.func.value, elements
        elif base is None:
            yield node.func.value, state
        else:
            yield node.func, state
    else:
        yield node.func, state
    if last not in _SHAPES:
        yield from ((argument, state) for argument in node.args)
        yield from ((keyword.value, state) for keyword in node.keywords)


def inside_comprehension(node: Comprehension, state: State, within: _Into) -> State:
    """What is known inside a comprehension, where its own names hide outer ones."""
    known = dict(state)
    for generator in node.generators:
        for target, value in pairs(generator.target, generator.iter, iterates=True):
            chain = within(value, known)
            for name in names_stored(target):
                known.pop((name,), None)
                if chain is not None:
                    known[(name,)] = (*chain, (name, target.lineno))
    return known


def pairs(
    target: ast.expr, value: ast.expr | None, *, iterates: bool = False
) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """What goes to which part of a target: `a, b = x, y`, `for i, v in enumerate(xs)`."""
    todo: list[tuple[ast.expr, ast.expr | None, bool]] = [(target, value, iterates)]
    while todo:
        target, value, iterates = todo.pop()
        if isinstance(target, ast.Starred):
            target = target.value
        if not isinstance(target, (ast.Tuple, ast.List)):
            yield target, value
            continue
        parts = _elements(value, len(target.elts), iterates)
        if parts is None or any(isinstance(e, ast.Starred) for e in target.elts):
            yield from ((name, value) for name in _leaves(target))
        else:
            todo.extend((t, p, iterates) for t, p in zip(target.elts, parts, strict=True))


def _elements(value: ast.expr | None, count: int, iterates: bool) -> list[ast.expr | None] | None:
    if iterates:
        if not isinstance(value, ast.Call):
            return None
        name = dotted(value.func)
        if name == "zip" and len(value.args) == count:
            return list(value.args)
        if name == "enumerate" and count == 2 and value.args:
            return [None, value.args[0]]
        if isinstance(value.func, ast.Attribute) and value.func.attr == "items" and count == 2:
            return [None, value]
        return None
    if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == count:
        return None if any(isinstance(e, ast.Starred) for e in value.elts) else list(value.elts)
    return None


def _leaves(target: ast.expr) -> Iterator[ast.expr]:
    todo = [target]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Starred):
            todo.append(node.value)
        elif isinstance(node, (ast.Tuple, ast.List)):
            todo.extend(node.elts)
        else:
            yield node


def names_stored(target: ast.expr) -> Iterator[str]:
    """The plain names that a target binds."""
    return (node.id for node in _leaves(target) if isinstance(node, ast.Name))


def _children(node: ast.AST) -> Iterator[ast.AST]:
    return (
        child
        for child in ast.iter_child_nodes(node)
        if not isinstance(child, (ast.expr_context, ast.stmt))
    )
