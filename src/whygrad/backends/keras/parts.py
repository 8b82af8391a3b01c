"""What a layer of Keras 3 lists: its own variables and its layers, under the person's names.

Keras finds both in attributes, also in lists, tuples and dicts there, and keeps them in flat lists
without a name. The attribute is what the person wrote; where there is none (`Sequential`, a
functional model), Keras' own name is all there is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

_LAYER = ("keras.src.layers.layer", "Layer")
_VARIABLE = ("keras.src.backend.common.variables", "Variable")
_VARIABLE_EARLIER = ("keras.src.backend.common.variables", "KerasVariable")
"""Its name in Keras 3.3."""
_METRIC = ("keras.src.metrics.metric", "Metric")
_LOSS = ("keras.src.losses.loss", "Loss")

INTERNAL: Final = frozenset(
    (
        "_layers", "_functional", "_operations", "_operations_by_depth", "_nodes",
        "_nodes_by_depth", "_trainable_variables", "_non_trainable_variables", "_metrics",
        "_seed_generators", "_losses", "_loss_ids", "_losses_override", "_tracker",
        "_modules", "_parameters", "_buffers", "_torch_params", "_inbound_nodes",
        "_outbound_nodes", "_called", "_auto_config",
        "_input_layers", "_output_layers", "_compiled_trainable_state", "_compile_metrics",
        "_compile_loss", "_loss_tracker", "optimizer", "train_function", "test_function",
        "predict_function", "_inputs_struct", "_outputs_struct", "_inputs", "_outputs",
        "_jax_state", "_jax_state_synced",
    )
)  # fmt: skip
"""Attributes in which Keras keeps its own books."""

TYPOS: Final = frozenset(
    ("trainabel", "trainble", "trainalbe", "trianable", "trainible", "train_able", "is_trainable")
) | {"requires_grad", "require_grad"}
"""Attributes that people set on a layer in place of `trainable`."""

_DEPTH: Final = 4


class Part(NamedTuple):
    """A layer or variable in a layer: the attribute it hangs on, the whole name, itself."""

    key: str
    name: str
    held: Any


def backend() -> str | None:
    """What Keras 3 runs on: `tensorflow`, `jax`, `torch`; None where it was not imported."""
    told = getattr(sys.modules.get("keras.src.backend.config"), "backend", None)
    return str(told()) if told is not None else None


def is_layer(value: Any) -> bool:
    """Whether it is a layer of Keras 3, a model included."""
    return _is(value, _LAYER)


def is_variable(value: Any) -> bool:
    """Whether it is a `keras.Variable`."""
    return _is(value, _VARIABLE) or _is(value, _VARIABLE_EARLIER)


def is_metric(value: Any) -> bool:
    """Whether it is a metric: what it holds is counted, not trained."""
    return _is(value, _METRIC)


def is_loss(value: Any) -> bool:
    """Whether it is a loss, which lists nothing that it holds."""
    return _is(value, _LOSS)


def is_layer_class(kind: type) -> bool:
    """Whether its objects are layers of Keras 3."""
    return _is_kind(kind, _LAYER)


def is_container(kind: type) -> bool:
    """Whether it is what Keras offers to put layers together; whoever fills one makes them."""
    return is_layer_class(kind) and kind.__qualname__ in ("Sequential", "Functional")


def keeps(layer: Any, key: str) -> bool:
    """Whether Keras tracks something that the attribute holds."""
    parts = (*own_variables(layer), *own_layers(layer))
    return any(part.key == key for part in parts)


def _is(value: Any, where: tuple[str, str]) -> bool:
    return _is_kind(type(value), where)


def _is_kind(kind: type, where: tuple[str, str]) -> bool:
    base = getattr(sys.modules.get(where[0]), where[1], None)
    return base is not None and issubclass(kind, base)


def own_variables(layer: Any) -> Iterator[Part]:
    """The variables that the layer itself tracks, those that do not train last."""
    tracked = [*layer._trainable_variables, *layer._non_trainable_variables]
    yield from _parts(layer, tracked, is_variable)


def own_layers(layer: Any) -> Iterator[Part]:
    """The layers that the layer itself tracks."""
    yield from _parts(layer, layer._layers, is_layer)


def _parts(layer: Any, tracked: list[Any], wanted: Callable[[Any], bool]) -> Iterator[Part]:
    if not tracked:
        return
    named = _named(layer, wanted)
    seen: set[int] = set()
    for each in tracked:
        if id(each) not in seen:
            seen.add(id(each))
            key, name = named.get(id(each), (each.name, each.name))
            yield Part(key, name, each)


def _named(layer: Any, wanted: Callable[[Any], bool]) -> Mapping[int, tuple[str, str]]:
    """By id, the attribute and the name of everything wanted that attributes lead to."""
    found: dict[int, tuple[str, str]] = {}
    # On PyTorch an attribute that is a module lies in `_modules`.
    todo = [
        (key, _spelled(layer, key), value, 0)
        for key, value in list({**vars(layer), **vars(layer).get("_modules", {})}.items())
        if key not in INTERNAL and not key.startswith("_self_")
    ]
    for key, name, value, depth in todo:
        if wanted(value):
            found.setdefault(id(value), (key, name))
        elif depth < _DEPTH and isinstance(value, (list, tuple, set)):
            todo += [(key, f"{name}.{i}", each, depth + 1) for i, each in enumerate(value)]
        elif depth < _DEPTH and isinstance(value, dict):
            todo += [(key, f"{name}.{k}", each, depth + 1) for k, each in value.items()]
    return found


def _spelled(layer: Any, key: str) -> str:
    """`kernel` for the `_kernel` of a layer that offers it under that name."""
    plain = key.lstrip("_")
    return plain if plain != key and hasattr(type(layer), plain) else key
