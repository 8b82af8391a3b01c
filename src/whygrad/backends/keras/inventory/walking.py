"""What models of Keras and TensorFlow hold, as `shared.walking` asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from whygrad.backends.keras.inventory import modules
from whygrad.backends.keras.inventory.modules import is_module
from whygrad.backends.keras.inventory.owners import is_loss
from whygrad.backends.keras.inventory.things import (
    is_floating,
    is_tensor,
    is_trainable,
    is_variable,
    key_of,
)
from whygrad.backends.shared.classes import Classes
from whygrad.backends.shared.walking import Asked, Entry, Node, Root, Walk, join
from whygrad.flow.variable import Home


def take(roots: Sequence[Any], classes: Classes, once_variable: Asked) -> list[Root]:
    """Walk every model."""
    return _Walk(classes, once_variable).take(roots)


class _Walk(Walk):
    def is_value(self, value: Any) -> bool:
        return is_variable(value) or is_tensor(value)

    def is_module(self, value: Any) -> bool:
        return is_module(value)

    def is_engine(self, value: Any) -> bool:
        """What losses hold is found by ops."""
        return modules.is_metric(value) or modules.is_optimizer(value) or is_loss(value)

    def internal(self, module: Any) -> frozenset[str] | None:
        """What a library's layers keep beside their variables is no business of the person's."""
        if modules.is_layer(module) and not self.classes.is_person(type(module)):
            return None
        return modules.internal(module)

    def listed(self, nodes: list[Node], entries: list[Entry], seen: set[int]) -> None:
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

    def mark(self, thing: Any) -> int:
        """By key, and negative: modules are marked by their id."""
        return -1 - (key_of(thing) or 0)

    def meant(self, thing: Any, node: Node, key: str) -> bool:
        if key_of(thing) is None:
            return False
        if is_variable(thing):
            return is_floating(thing) or is_trainable(thing)
        if not is_floating(thing):
            return False
        if is_module(node.held) and not self.classes.is_person(type(node.held)):
            return self.once_variable(node.held, key)
        return True

    def hidden_home(self, home: Home) -> Home:
        """A module that its holder does not track is to it like any other object."""
        return Home.HELPER_OBJECT if home is Home.PLAIN_ATTRIBUTE else home


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
    return key_of(thing) is not None and (is_floating(thing) or is_trainable(thing))
