"""Every tensor that a model holds, also where PyTorch does not look, by walking its objects."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.utils.data import DataLoader, Dataset

from whygrad.backends.keras import parts, updating
from whygrad.backends.torch import keras3
from whygrad.backends.torch.classes import Classes, wrapped_name
from whygrad.flow.variable import Home

OBJECTS = 200_000
"""A walk ends after this many objects, whatever the person hangs on a model."""

DATA = 1000
"""A plain container with more tensors than this holds data, not variables."""

DEPTH = 8

_INTERNAL = frozenset(vars(nn.Module())) | {"_is_hf_initialized", "_forward_module"}
_ENGINE = (torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler, Dataset, DataLoader)
_COMPUTED = ("_orig", "_v", "_g")
"""Weight norm, spectral norm and pruning compute `weight` anew from `weight_v`, `weight_orig`."""


@dataclass(slots=True, eq=False)
class Node:
    """An object on the way from a model to a tensor, and how it hangs on the one before it."""

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
    """One tensor under one name, relative to its model."""

    name: str
    key: str
    tensor: Any
    home: Home
    node: Node


@dataclass(slots=True, eq=False)
class Root:
    """A model that is no other's child, and what it holds."""

    module: Any
    entries: list[Entry]
    inside: dict[int, str]
    """Names of all modules in it by id, the hidden ones too."""
    shadowed: set[str]
    """Names of parameters before which the instance's `__dict__` holds another tensor."""


def join(prefix: str, key: str) -> str:
    """Dotted names, as in a state dict."""
    return f"{prefix}.{key}" if prefix else key


def registered(module: nn.Module) -> tuple[list[Node], list[Entry]]:
    """What the framework lists: all submodules, parameters and float buffers."""
    nodes = [Node(module, None, "", "", Home.REGISTERED)]
    entries: list[Entry] = []
    seen = {id(module)}
    for node in nodes:
        entries += _own_tensors(node)
        for key, name, child in children(node.held):
            if id(child) not in seen:
                seen.add(id(child))
                full = join(node.name, name) if name else node.name
                nodes.append(Node(child, node, key, full, node.home))
    return nodes, entries


def children(module: nn.Module) -> Iterator[tuple[str, str, nn.Module]]:
    """The submodules: attribute, name (empty where it is transparent), module."""
    if parts.is_layer(module):
        yield from keras3.layers_of(module)
        return
    for key, child in module._modules.items():
        if child is not None:
            yield key, "" if wrapped_name(type(module), key) else key, child


def _own_tensors(node: Node) -> Iterator[Entry]:
    module = node.held
    if parts.is_layer(module):
        yield from _keras_tensors(node)
        return
    for key, tensor in module._parameters.items():
        if tensor is not None and not is_lazy(tensor):
            yield Entry(join(node.name, key), key, tensor, node.home, node)
    home = Home.BUFFER if node.home is Home.REGISTERED else node.home
    for key, tensor in module._buffers.items():
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            yield Entry(join(node.name, key), key, tensor, home, node)


def _keras_tensors(node: Node) -> Iterator[Entry]:
    for key, name, tensor, home in keras3.tensors_of(node.held):
        own = home if node.home is Home.REGISTERED else node.home
        yield Entry(join(node.name, name), key, tensor, own, node)


Asked = Callable[[Any, str], bool]


def take(roots: Sequence[nn.Module], classes: Classes, once_parameter: Asked) -> list[Root]:
    """Walk every model: first what is registered in any of them, then what is not.

    `once_parameter` tells of a module and a name whether a parameter was registered there.
    """
    found = []
    known: set[int] = set()
    nodes_of: list[list[Node]] = []
    for module in roots:
        nodes, entries = registered(module)
        known.update(id(n.held) for n in nodes)
        known.update(id(e.tensor) for e in entries)
        found.append(Root(module, entries, {id(n.held): n.name for n in nodes}, set()))
        nodes_of.append(nodes)
    claimed: set[int] = set()
    others = {id(r.module): r for r in found}
    for root, nodes in zip(found, nodes_of, strict=True):
        if id(root.module) not in claimed:
            _hidden(root, nodes, _Finder(classes, once_parameter, known, claimed, others))
    return [r for r in found if id(r.module) not in claimed]


@dataclass(frozen=True, slots=True)
class _Finder:
    """What a search through hidden places goes by; shared by all models of one walk."""

    classes: Classes
    once_parameter: Asked
    known: set[int]
    claimed: set[int]
    others: Mapping[int, Root]


def _hidden(root: Root, nodes: list[Node], finder: _Finder) -> None:
    """Add what hangs on the modules of `root` by plain attributes, containers and helpers."""
    classes, known, others = finder.classes, finder.known, finder.others
    todo = deque(nodes)
    visited = {id(n.held) for n in nodes}
    budget = OBJECTS
    while todo and budget > 0:
        node = todo.popleft()
        for key, value, home in _plain(node, classes):
            budget -= 1
            name = join(node.name, key)
            if isinstance(value, torch.Tensor):
                own = node.held._parameters if isinstance(node.held, nn.Module) else {}
                if key in own and own[key] is not None:  # torch.jit's dict has no `get`
                    root.shadowed.add(name)
                elif id(value) not in known and _variable_like(value, node, key, finder):
                    known.add(id(value))
                    root.entries.append(Entry(name, key, value, home, node))
                continue
            if id(value) in visited:
                continue
            visited.add(id(value))
            child = Node(value, node, key, name, home, node.depth + 1)
            if isinstance(value, nn.Module):
                if id(value) in others and others[id(value)] is not root:
                    finder.claimed.add(id(value))
                elif id(value) in known:
                    continue
                todo.extend(_module_inside(root, child, visited, known))
            elif child.depth <= DEPTH:
                todo.append(child)


def _module_inside(root: Root, top: Node, visited: set[int], known: set[int]) -> list[Node]:
    """A module that only a plain attribute holds: none of its parameters is listed."""
    nodes = [top]
    for node in nodes:
        root.inside[id(node.held)] = node.name
        known.add(id(node.held))
        for entry in _own_tensors(node):
            known.add(id(entry.tensor))
            root.entries.append(entry)
        for key, name, child in children(node.held):
            if id(child) not in visited:
                visited.add(id(child))
                full = join(node.name, name) if name else node.name
                nodes.append(Node(child, node, key, full, top.home, top.depth))
    return nodes


def _plain(node: Node, classes: Classes) -> Iterator[tuple[str, Any, Home]]:
    """The members of a node that no framework list holds."""
    held = node.held
    if isinstance(held, nn.Module):
        internal = _INTERNAL
        if parts.is_layer(held):
            # What Keras' own layers keep beside their variables is no business of the person's.
            if not classes.is_person(type(held)):
                return
            internal = _INTERNAL | parts.INTERNAL
        for key, value in list(vars(held).items()):
            if key not in internal:
                yield from _member(key, value, _worse(node.home, Home.PLAIN_ATTRIBUTE), classes)
    elif isinstance(held, dict):
        items = list(held.items())[:DATA]
        for key, value in items:
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
    if isinstance(value, (torch.Tensor, nn.Module)):
        yield key, value, home
    elif parts.is_variable(value):
        if isinstance(value._value, torch.Tensor):
            yield key, value._value, home
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
    """Whether it drives training and is no part of a model."""
    return isinstance(value, _ENGINE) or parts.is_metric(value) or updating.is_optimizer(value)


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


def _variable_like(tensor: Any, node: Node, key: str, finder: _Finder) -> bool:
    """Whether a tensor outside the framework's lists may have been meant to train."""
    if is_lazy(tensor):
        return False
    if isinstance(node.held, nn.Module):
        own = node.held._parameters
        if any(key + ending in own for ending in _COMPUTED):
            return False
        if not finder.classes.is_person(type(node.held)):
            if finder.once_parameter(node.held, key):
                return True
            return bool(tensor.requires_grad and tensor.is_leaf)
    return True
