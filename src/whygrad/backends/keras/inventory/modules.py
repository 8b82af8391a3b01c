"""What holds variables: layers of either Keras, and `tf.Module`. What each of them tracks differs
(TensorFlow 2.21, Keras 3.15): Keras 3 neither a `tf.Variable` nor a `tf.Module`; Keras 2 both, and
no `keras.Variable`; `tf.Module` variables and modules in anything that `tf.nest` opens, and no
layer of Keras 3.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from whygrad.backends.keras import parts, parts_2, updating, updating_2
from whygrad.backends.keras.inventory.things import is_variable


def is_module(value: Any) -> bool:
    """Whether it is a layer of either Keras, or a `tf.Module`; no metric."""
    return is_module_class(type(value)) and not is_metric(value)


def is_module_class(kind: type) -> bool:
    """Whether its objects are."""
    return parts.is_layer_class(kind) or is_tf_module_class(kind)


def is_layer(value: Any) -> bool:
    """Whether it is a layer of either Keras."""
    return parts.is_layer(value) or parts_2.is_layer(value)


def is_tf_module_class(kind: type) -> bool:
    """Whether it is a `tf.Module`, as the layers of Keras 2 are too."""
    base = getattr(sys.modules.get("tensorflow.python.module.module"), "Module", None)
    return base is not None and issubclass(kind, base)


def is_metric(value: Any) -> bool:
    """Whether what it holds is counted, not trained."""
    return parts.is_metric(value) or parts_2.is_metric(value)


def is_container(held: Any) -> bool:
    """Whether it only holds members for whoever filled it."""
    kind = type(held)
    return parts.is_container(kind) or parts_2.is_container(kind) or kind.__name__ == "ListWrapper"


def is_optimizer(value: Any) -> bool:
    """Whether it is an optimizer, of either Keras or of TensorFlow 1."""
    return updating.is_optimizer(value) or updating_2.is_optimizer(value)


def tracked(module: Any) -> Iterator[parts.Part]:
    """What the framework itself tracks in a module, one level deep: variables, then modules."""
    if parts.is_layer(module):
        yield from parts.own_variables(module)
        yield from parts.own_layers(module)
    elif parts_2.is_layer(module):
        yield from parts_2.own_variables(module)
        yield from parts_2.own_modules(module)
    else:
        yield from _flattened(module)


def tracked_modules(module: Any) -> Iterator[parts.Part]:
    """The modules among them."""
    return (part for part in tracked(module) if is_module(part.held))


def _flattened(module: Any) -> Iterator[parts.Part]:
    """As `tf.Module` finds them: attributes, and what lists, tuples and dicts hold."""
    ignored = getattr(type(module), "_TF_MODULE_IGNORED_PROPERTIES", ())
    own = [(k, k, v, 0) for k, v in list(vars(module).items()) if k not in ignored]
    modules = []
    for key, name, value, depth in own:
        if is_variable(value):
            if not parts.is_variable(value):
                yield parts.Part(key, name, value)
        elif is_tf_module_class(type(value)):
            if not is_metric(value):
                modules.append(parts.Part(key, name, value))
        elif isinstance(value, (list, tuple)):
            own += [(key, f"{name}.{i}", each, depth + 1) for i, each in enumerate(value)]
        elif isinstance(value, dict):
            own += [(key, f"{name}.{k}", each, depth + 1) for k, each in value.items()]
    yield from modules


def internal(module: Any) -> frozenset[str]:
    """Attributes in which the framework keeps its own books."""
    if parts.is_layer(module):
        return parts.INTERNAL
    return parts_2.INTERNAL if parts_2.is_layer(module) else _BOOKS


def keeps(module: Any, key: str) -> bool:
    """Whether the framework tracks something that the attribute holds."""
    return any(part.key == key for part in tracked(module))


_BOOKS = frozenset(
    ("_name", "_name_scope", "_scope_name", "_self_setattr_tracking", "_self_update_uid",
     "_self_unconditional_checkpoint_dependencies", "_self_unconditional_dependency_names",
     "_self_unconditional_deferred_dependencies", "_self_name_based_restores",
     "_self_saveable_object_factories")
)  # fmt: skip
