"""What a layer of Keras 2 (`tf_keras`) lists, under the person's names. See `parts` for Keras 3.

It tracks variables, layers and `tf.Module`s in attributes, also in lists, tuples and dicts there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from whygrad.backends.keras.parts import Part

_LAYER = ("tf_keras.src.engine.base_layer", "Layer")
_METRIC = ("tf_keras.src.metrics.base_metric", "Metric")
_LOSS = ("tf_keras.src.losses", "Loss")
_CONTAINERS = ("Sequential", "Functional", "Model")

INTERNAL: Final = frozenset(
    (
        "_trainable_weights", "_non_trainable_weights", "_self_tracked_trackables", "_metrics",
        "_obj_reference_counts_dict", "_inbound_nodes_value", "_outbound_nodes_value", "_losses",
        "_callable_losses", "_updates", "_thread_local", "_metrics_lock", "_call_spec",
        "_initial_weights", "_captured_weight_regularizer", "compiled_loss", "compiled_metrics",
        "optimizer", "history", "train_function", "test_function", "predict_function",
        "train_tf_function", "_compiled_trainable_state", "_checkpoint", "_train_counter",
        "_test_counter", "_predict_counter", "_steps_per_execution", "_training_state",
        "_self_unconditional_checkpoint_dependencies", "_self_unconditional_dependency_names",
        "_self_unconditional_deferred_dependencies", "_self_name_based_restores",
        "_self_saveable_object_factories", "inputs", "outputs", "_nested_inputs",
        "_nested_outputs", "_input_layers", "_output_layers", "_network_nodes", "_nodes_by_depth",
        "_feed_inputs", "_tensor_usage_count", "_created_nodes", "_saved_model_inputs_spec",
        "_input_coordinates", "_output_coordinates",
    )
)  # fmt: skip
"""Attributes in which Keras 2 keeps its own books."""

_DEPTH: Final = 4


def is_layer(value: Any) -> bool:
    """Whether it is a layer of Keras 2, a model included, and no metric."""
    return is_layer_class(type(value)) and not is_metric(value)


def is_metric(value: Any) -> bool:
    """Whether it is a metric, which Keras 2 makes a layer."""
    return _is_kind(type(value), _METRIC)


def is_loss(value: Any) -> bool:
    """Whether it is a loss, which lists nothing that it holds."""
    return _is_kind(type(value), _LOSS)


def is_layer_class(kind: type) -> bool:
    """Whether its objects are layers of Keras 2."""
    return _is_kind(kind, _LAYER)


def is_container(kind: type) -> bool:
    """Whether it is what Keras offers to put layers together."""
    return is_layer_class(kind) and kind.__qualname__ in _CONTAINERS and _is_kerass(kind)


def _is_kerass(kind: type) -> bool:
    return kind.__module__.startswith("tf_keras.")


def _is_kind(kind: type, where: tuple[str, str]) -> bool:
    base = getattr(sys.modules.get(where[0]), where[1], None)
    return base is not None and issubclass(kind, base)


def own_variables(layer: Any) -> Iterator[Part]:
    """The variables that the layer itself tracks, those that do not train last."""
    tracked = [*layer._trainable_weights, *layer._non_trainable_weights]
    yield from _parts(layer, tracked)


def own_modules(layer: Any) -> Iterator[Part]:
    """The layers and other modules that the layer itself tracks."""
    yield from _parts(layer, list(layer._flatten_modules(recursive=False, include_self=False)))


def _parts(layer: Any, tracked: list[Any]) -> Iterator[Part]:
    wanted = {id(each) for each in tracked}
    named = _named(layer, wanted.__contains__) if tracked else {}
    seen: set[int] = set()
    for each in tracked:
        if id(each) not in seen:
            seen.add(id(each))
            plain = str(each.name).removesuffix(":0").rpartition("/")[2]
            key, name = named.get(id(each), (plain, plain))
            yield Part(key, name, each)


def _named(layer: Any, wanted: Callable[[int], bool]) -> Mapping[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    todo = [(k, _spelled(layer, k), v, 0) for k, v in list(vars(layer).items())]
    for key, name, value, depth in todo:
        if key in INTERNAL or key.startswith("_self_"):
            continue
        if wanted(id(value)):
            found.setdefault(id(value), (key, name))
        elif depth < _DEPTH and isinstance(value, (list, tuple, set)):
            todo += [(key, f"{name}.{i}", each, depth + 1) for i, each in enumerate(value)]
        elif depth < _DEPTH and isinstance(value, dict):
            todo += [(key, f"{name}.{k}", each, depth + 1) for k, each in value.items()]
    return found


def _spelled(layer: Any, key: str) -> str:
    plain = key.lstrip("_")
    return plain if plain != key and hasattr(type(layer), plain) else key
