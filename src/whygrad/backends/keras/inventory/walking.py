"""Every variable that a model holds, also where its framework does not look, by walking objects."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from whygrad.backends.keras.inventory import modules
from whygrad.backends.keras.inventory.modules import is_module
from whygrad.backends.keras.inventory.owners import is_loss
from whygrad.backends.keras.inventory.things import (
    is_floating,
    is_tensor,
    is_trainable,
    is_variable,
)
from whygrad.backends.keras.inventory.things import key_of as _key_of
from whygrad.backends.shared.classes import Classes
from whygrad.flow.variable import Home

OBJECTS = 200_000
"""A walk ends after this many objects, whatever the person hangs on a model."""

DATA = 1000
"""A plain container with more members than this holds data, not variables."""

DEPTH = 8


@dataclass(slots=True, eq=False)
class Node:
    """An object on the way from a model to a variable, and how it hangs on the one before it."""

    held: Any
    parent: Node | None
    key: str
    name: str
    home: Home
    depth: int = 0

    def up(self) -> Iterator[Node]:
        """Walk from here to the model itself, this node included."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent


@dataclass(slots=True, eq=False)
class Entry:
    """One variable under one name, relative to its model."""

    name: str
    key: str
    thing: Any
    home: Home
    node: Node


@dataclass(slots=True, eq=False)
class Root:
    """A model that is no other's child, and what it holds."""

    module: Any
    entries: list[Entry]
    inside: dict[int, str]
    """Names of all modules in it by id, the hidden ones too."""


def join(prefix: str, key: str) -> str:
    """Dotted names."""
    return f"{prefix}.{key}" if prefix else key


def registered(module: Any) -> tuple[list[Node], list[Entry]]:
    """What the framework lists: all modules and variables in it."""
    nodes = [Node(module, None, "", "", Home.REGISTERED)]
    entries: list[Entry] = []
    _listed(nodes, entries, {id(module)})
    return nodes, entries


def _listed(nodes: list[Node], entries: list[Entry], seen: set[int]) -> None:
    """Fill both with what the framework tracks in the nodes that are there already."""
    for node in nodes:
        for part in modules.tracked(node.held):
            name = join(node.name, part.name)
            if is_module(part.held):
                if id(part.held) not in seen:
                    seen.add(id(part.held))
                    nodes.append(Node(part.held, node, part.key, name, node.home, node.depth))
            elif _counted(part.held):
                home = _own_home(node, part.held)
                entries.append(Entry(name, part.key, part.held, home, node))


def _own_home(node: Node, thing: Any) -> Home:
    """Keras tells by its lists what is not to train, `tf.Module` by the variable's flag."""
    if node.home is not Home.REGISTERED:
        return node.home
    own = getattr(node.held, "_non_trainable_variables", None)
    own = getattr(node.held, "_non_trainable_weights", None) if own is None else own
    if own is not None:
        return Home.BUFFER if any(each is thing for each in own) else Home.REGISTERED
    return Home.REGISTERED if is_trainable(thing) else Home.BUFFER


def _counted(thing: Any) -> bool:
    """Not counters and seeds: integers that are not to train."""
    return _key_of(thing) is not None and (is_floating(thing) or is_trainable(thing))


Asked = Callable[[Any, str], bool]


def take(roots: Sequence[Any], classes: Classes, once_variable: Asked) -> list[Root]:
    """Walk every model: first what is tracked in any of them, then what is not.

    `once_variable` tells of a module and a name whether a variable was there.
    """
    found = []
    known: set[int] = set()
    """Modules by id, variables by key (which is negative here)."""
    nodes_of: list[list[Node]] = []
    for module in roots:
        nodes, entries = registered(module)
        known.update(id(n.held) for n in nodes)
        known.update(_mark(e.thing) for e in entries)
        found.append(Root(module, entries, {id(n.held): n.name for n in nodes}))
        nodes_of.append(nodes)
    claimed: set[int] = set()
    others = {id(r.module): r for r in found}
    for root, nodes in zip(found, nodes_of, strict=True):
        if id(root.module) not in claimed:
            _hidden(root, nodes, _Finder(classes, once_variable, known, claimed, others))
    return [r for r in found if id(r.module) not in claimed]


def _mark(thing: Any) -> int:
    return -1 - (_key_of(thing) or 0)


@dataclass(frozen=True, slots=True)
class _Finder:
    """What a search through hidden places goes by; shared by all models of one walk."""

    classes: Classes
    once_variable: Asked
    known: set[int]
    claimed: set[int]
    others: Mapping[int, Root]


def _hidden(root: Root, nodes: list[Node], finder: _Finder) -> None:
    """Add what hangs on the modules of `root` by plain attributes, containers and helpers."""
    known, others = finder.known, finder.others
    todo = deque(nodes)
    visited = {id(n.held) for n in nodes}
    budget = OBJECTS
    while todo and budget > 0:
        node = todo.popleft()
        for key, value, home in _plain(node, finder.classes):
            budget -= 1
            name = join(node.name, key)
            if is_variable(value) or is_tensor(value):
                if _variable_like(value, node, key, finder):
                    known.add(_mark(value))
                    root.entries.append(Entry(name, key, value, home, node))
                continue
            if id(value) in visited:
                continue
            visited.add(id(value))
            child = Node(value, node, key, name, home, node.depth + 1)
            if is_module(value):
                if id(value) in others and others[id(value)] is not root:
                    finder.claimed.add(id(value))
                elif id(value) in known:
                    continue
                todo.extend(_module_inside(root, child, visited, known))
            elif child.depth <= DEPTH:
                todo.append(child)


def _module_inside(root: Root, top: Node, visited: set[int], known: set[int]) -> list[Node]:
    """A module that its holder does not track: none of its variables is listed."""
    nodes = [top]
    entries: list[Entry] = []
    _listed(nodes, entries, visited)
    for node in nodes:
        root.inside[id(node.held)] = node.name
        known.add(id(node.held))
    # A module that no other tracks was taken for a model, and its variables for known.
    known.update(_mark(entry.thing) for entry in entries)
    root.entries += entries
    return nodes


def _plain(node: Node, classes: Classes) -> Iterator[tuple[str, Any, Home]]:
    """The members of a node that its framework may not track."""
    held = node.held
    if is_module(held):
        # What a library's layers keep beside their variables is no business of the person's.
        if modules.is_layer(held) and not classes.is_person(type(held)):
            return
        internal = modules.internal(held)
        for key, value in list(vars(held).items()):
            if key not in internal:
                yield from _member(key, value, _worse(node.home, Home.PLAIN_ATTRIBUTE), classes)
    elif isinstance(held, dict):
        for key, value in list(held.items())[:DATA]:
            yield from _member(str(key), value, _worse(node.home, Home.PLAIN_CONTAINER), classes)
    elif isinstance(held, (list, tuple, set, frozenset, deque)):
        if len(held) <= DATA:
            for index, value in enumerate(list(held)):
                home = _worse(node.home, Home.PLAIN_CONTAINER)
                yield from _member(str(index), value, home, classes)
    elif isinstance(held, FunctionType):
        for key, cell in zip(held.__code__.co_freevars, held.__closure__ or (), strict=False):
            try:
                value = cell.cell_contents
            except ValueError:  # not filled yet
                continue
            yield from _member(key, value, Home.HELPER_OBJECT, classes)
    else:
        for key, value in _attributes(held):
            yield from _member(key, value, Home.HELPER_OBJECT, classes)


def _worse(outer: Home, own: Home) -> Home:
    """A container in a helper is the helper's: what first hides it from the framework counts."""
    return own if outer is Home.REGISTERED else outer


def _member(key: str, value: Any, home: Home, classes: Classes) -> Iterator[tuple[str, Any, Home]]:
    if is_variable(value) or is_tensor(value):
        yield key, value, home
    elif is_module(value):
        # A module that its holder does not track is to it like any other object.
        attribute = home is Home.PLAIN_ATTRIBUTE
        yield key, value, Home.HELPER_OBJECT if attribute else home
    elif value is None or isinstance(value, (str, bytes, int, float, type)) or _engine(value):
        return
    elif isinstance(value, (list, tuple, dict, set, frozenset, deque)):
        if value:
            attribute = home is Home.PLAIN_ATTRIBUTE
            yield key, value, Home.PLAIN_CONTAINER if attribute else home
    elif isinstance(value, FunctionType):
        if value.__closure__ and classes.callsites.is_person(value.__code__.co_filename):
            yield key, value, Home.HELPER_OBJECT
    elif classes.is_person(type(value)):
        yield key, value, Home.HELPER_OBJECT


def _engine(value: Any) -> bool:
    """Whether it drives training and is no part of a model. What losses hold is found by ops."""
    return modules.is_metric(value) or modules.is_optimizer(value) or is_loss(value)


def _attributes(held: Any) -> Iterator[tuple[str, Any]]:
    own = getattr(held, "__dict__", None)
    if type(own) is dict:
        yield from list(own.items())[:DATA]
    for kind in type(held).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            descriptor: Any = vars(kind).get(name)
            if hasattr(descriptor, "__get__") and name not in ("__dict__", "__weakref__"):
                try:
                    yield name, descriptor.__get__(held, type(held))
                except AttributeError:  # a slot that was never filled
                    continue


def _variable_like(thing: Any, node: Node, key: str, finder: _Finder) -> bool:
    """Whether what the framework does not list may have been meant to train."""
    if _key_of(thing) is None or _mark(thing) in finder.known:
        return False
    if is_variable(thing):
        return is_floating(thing) or is_trainable(thing)
    if not is_floating(thing):
        return False
    if is_module(node.held) and not finder.classes.is_person(type(node.held)):
        return finder.once_variable(node.held, key)
    return True
