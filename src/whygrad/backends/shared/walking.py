"""Every variable that a model holds, also where its framework does not look, by walking objects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Final, Protocol

from whygrad.flow.variable import Home
from whygrad.runtime.callsite import Callsites

OBJECTS: Final = 200_000
"""A walk ends after this many objects, whatever the person hangs on a model."""

DATA: Final = 1000
"""A plain container with more members than this holds data, not variables."""

DEPTH: Final = 8

_PLAIN: Final = (str, bytes, int, float, type)


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
    """One variable or tensor under one name, relative to its model."""

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
    shadowed: set[str] = field(default_factory=set)
    """Names of variables before which the instance's `__dict__` holds another tensor."""


def join(prefix: str, key: str) -> str:
    """Dotted names, as in a state dict."""
    return f"{prefix}.{key}" if prefix else key


Asked = Callable[[Any, str], bool]


class People(Protocol):
    """Whose class is whose."""

    callsites: Callsites

    def is_person(self, kind: type) -> bool: ...


class Walk(ABC):
    """One walk through all models. What is a variable, and what a module, the framework says."""

    def __init__(self, classes: People, once_variable: Asked) -> None:
        """`once_variable` tells of a module and a name whether a variable was there."""
        self.classes = classes
        self.once_variable = once_variable
        self.known: set[int] = set()
        """Modules by id, variables by their mark."""
        self._claimed: set[int] = set()
        self._others: Mapping[int, Root] = {}

    @abstractmethod
    def is_value(self, value: Any) -> bool:
        """Whether it is a variable or a tensor."""

    @abstractmethod
    def is_module(self, value: Any) -> bool:
        """Whether it is what holds variables."""

    @abstractmethod
    def is_engine(self, value: Any) -> bool:
        """Whether it drives training and is no part of a model."""

    @abstractmethod
    def internal(self, module: Any) -> frozenset[str] | None:
        """Attributes in which the framework keeps its own books; None where all are its own."""

    @abstractmethod
    def listed(self, nodes: list[Node], entries: list[Entry], seen: set[int]) -> None:
        """Fill both with what the framework tracks in the nodes that are there already."""

    @abstractmethod
    def mark(self, thing: Any) -> int:
        """What names a variable among all that is known."""

    @abstractmethod
    def meant(self, thing: Any, node: Node, key: str) -> bool:
        """Whether what the framework does not list may have been meant to train."""

    def hidden_home(self, home: Home) -> Home:
        """Where a module lies that its holder does not track."""
        return home

    # -- the walk

    def take(self, roots: Sequence[Any]) -> list[Root]:
        """First what is tracked in any of the models, then what is not."""
        found: list[Root] = []
        nodes_of: list[list[Node]] = []
        for module in roots:
            nodes = [Node(module, None, "", "", Home.REGISTERED)]
            entries: list[Entry] = []
            self.listed(nodes, entries, {id(module)})
            self.known.update(id(n.held) for n in nodes)
            self.known.update(self.mark(e.thing) for e in entries)
            found.append(Root(module, entries, {id(n.held): n.name for n in nodes}))
            nodes_of.append(nodes)
        self._others = {id(r.module): r for r in found}
        for root, nodes in zip(found, nodes_of, strict=True):
            if id(root.module) not in self._claimed:
                self._hidden(root, nodes)
        return [r for r in found if id(r.module) not in self._claimed]

    def _hidden(self, root: Root, nodes: list[Node]) -> None:
        """Add what hangs on the modules of `root` by plain attributes, containers and helpers."""
        todo = deque(nodes)
        visited = {id(n.held) for n in nodes}
        budget = OBJECTS
        while todo and budget > 0:
            node = todo.popleft()
            for key, value, home in self._plain(node):
                budget -= 1
                name = join(node.name, key)
                if self.is_value(value):
                    self._met(root, Entry(name, key, value, home, node))
                    continue
                if id(value) in visited:
                    continue
                visited.add(id(value))
                child = Node(value, node, key, name, home, node.depth + 1)
                if self.is_module(value):
                    if self._others.get(id(value), root) is not root:
                        self._claimed.add(id(value))
                    elif id(value) in self.known:
                        continue
                    todo.extend(self._module_inside(root, child, visited))
                elif child.depth <= DEPTH:
                    todo.append(child)

    def _met(self, root: Root, entry: Entry) -> None:
        """A variable or tensor hangs on something."""
        mark = self.mark(entry.thing)
        if mark not in self.known and self.meant(entry.thing, entry.node, entry.key):
            self.known.add(mark)
            root.entries.append(entry)

    def _module_inside(self, root: Root, top: Node, visited: set[int]) -> list[Node]:
        """A module that its holder does not track: none of its variables is listed."""
        nodes = [top]
        entries: list[Entry] = []
        self.listed(nodes, entries, visited)
        for node in nodes:
            root.inside[id(node.held)] = node.name
            self.known.add(id(node.held))
        # A module that no other tracks was taken for a model, and its variables for known.
        self.known.update(self.mark(entry.thing) for entry in entries)
        root.entries += entries
        return nodes

    def _plain(self, node: Node) -> Iterator[tuple[str, Any, Home]]:
        """The members of a node that its framework may not track."""
        held = node.held
        if self.is_module(held):
            internal = self.internal(held)
            if internal is None:
                return
            for key, value in list(vars(held).items()):
                if key not in internal:
                    yield from self._member(key, value, _worse(node.home, Home.PLAIN_ATTRIBUTE))
        elif isinstance(held, dict):
            for key, value in list(held.items())[:DATA]:
                yield from self._member(str(key), value, _worse(node.home, Home.PLAIN_CONTAINER))
        elif isinstance(held, (list, tuple, set, frozenset, deque)):
            if len(held) <= DATA:
                for index, value in enumerate(list(held)):
                    home = _worse(node.home, Home.PLAIN_CONTAINER)
                    yield from self._member(str(index), value, home)
        elif isinstance(held, FunctionType):
            for key, cell in zip(held.__code__.co_freevars, held.__closure__ or (), strict=False):
                try:
                    value = cell.cell_contents
                except ValueError:  # not filled yet
                    continue
                yield from self._member(key, value, Home.HELPER_OBJECT)
        else:
            for key, value in _attributes(held):
                yield from self._member(key, value, Home.HELPER_OBJECT)

    def _member(self, key: str, value: Any, home: Home) -> Iterator[tuple[str, Any, Home]]:
        if self.is_value(value):
            yield key, value, home
        elif self.is_module(value):
            yield key, value, self.hidden_home(home)
        elif value is None or isinstance(value, _PLAIN) or self.is_engine(value):
            return
        elif isinstance(value, (list, tuple, dict, set, frozenset, deque)):
            if value:
                attribute = home is Home.PLAIN_ATTRIBUTE
                yield key, value, Home.PLAIN_CONTAINER if attribute else home
        elif isinstance(value, FunctionType):
            written = value.__code__.co_filename
            if value.__closure__ and self.classes.callsites.is_person(written):
                yield key, value, Home.HELPER_OBJECT
        elif self.classes.is_person(type(value)):
            yield key, value, Home.HELPER_OBJECT


def _worse(outer: Home, own: Home) -> Home:
    """A container in a helper is the helper's: what first hides it from the framework counts."""
    return own if outer is Home.REGISTERED else outer


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
