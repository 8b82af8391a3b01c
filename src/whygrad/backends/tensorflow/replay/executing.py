"""Runs one op of the step again: by its type and attributes, or by a rule where that is no way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from whygrad.backends.tensorflow.replay.linking import cut, identity, quietly, replaced
from whygrad.backends.tensorflow.replay.widening import Wider
from whygrad.flow.replaying import CannotReplayError

Rule = Callable[[list[Any], "Attributes"], Sequence[Any]]


class Attributes:
    """Of one op: of an eager one as the op callback gives them, of one in a graph from there."""

    def __init__(self, kind: str, given: Any) -> None:
        self.kind = kind
        self.flat = _flat(given)

    def get(self, name: str, default: Any = None) -> Any:
        """One of them."""
        for place in range(0, len(self.flat), 2):
            if self.flat[place] == name:
                return self.flat[place + 1]
        return default

    def typed(self, inputs: Sequence[Any], wider: Wider) -> tuple[Any, ...]:
        """All of them, with the dtypes that the inputs have now, and wider ones where named."""
        own = _own_types(self.kind, self.get, inputs)
        found: list[Any] = []
        for place in range(0, len(self.flat), 2):
            name, value = self.flat[place : place + 2]
            if name in own:
                value = own[name]
            elif name in _types_of(self.kind):
                value = wider.dtype_number(value)
            found += (name, value)
        return tuple(found)


def execute(kind: str, inputs: list[Any], given: Any, count: int, wider: Wider) -> Sequence[Any]:
    """The op again, known to the tapes that are on."""
    from tensorflow.python.eager import context
    from tensorflow.python.eager import execute as eager

    attributes = Attributes(kind, given)
    rule = RULES.get(kind)
    if rule is not None:
        return rule(inputs, attributes)
    attrs = attributes.typed(inputs, wider)
    made = eager.execute(kind, count, inputs, _without_defaults(kind, attrs), context.context())
    eager.record_gradient(kind, inputs, attrs, made)
    return list(made) if isinstance(made, (list, tuple)) else []


def _flat(given: Any) -> tuple[Any, ...]:
    if given is None:
        return ()
    if isinstance(given, (tuple, list)):
        return tuple(given)
    found: list[Any] = []
    for name, value in given.items():
        if not name.startswith("_"):
            found += (name, _plain(name, value))
    return tuple(found)


def _plain(name: str, value: Any) -> Any:
    """An attribute of an op in a graph, as one of an eager op."""
    which = value.WhichOneof("value")
    if which == "list":
        items = value.list
        for field in ("i", "f", "b", "s", "type"):
            if len(getattr(items, field)):
                return list(getattr(items, field))
        if len(items.shape):
            return [_shape(shape) for shape in items.shape]
        return []
    if which == "shape":
        return _shape(value.shape)
    if which == "func":
        raise CannotReplayError("it calls a function that could not be taken apart")
    return getattr(value, which) if which is not None else None


def _shape(shape: Any) -> Any:
    return None if shape.unknown_rank else [side.size for side in shape.dim]


def _without_defaults(kind: str, attrs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Without what was left to TensorFlow, which the op callback tells of as None."""
    from tensorflow.python.framework import op_def_registry

    if None not in attrs[1::2]:
        return attrs
    definition = op_def_registry.get(kind)
    usual = {a.name for a in definition.attr if a.HasField("default_value")}
    pairs = zip(attrs[::2], attrs[1::2], strict=True)
    kept = [(name, value) for name, value in pairs if value is not None or name not in usual]
    return tuple(item for pair in kept for item in pair)


def _types_of(kind: str) -> frozenset[str]:
    """Names of the attributes of an op type that are dtypes."""
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(kind)
    if definition is None:
        return frozenset()
    return frozenset(a.name for a in definition.attr if a.type in ("type", "list(type)"))


def _own_types(kind: str, get: Callable[..., Any], inputs: Sequence[Any]) -> Mapping[str, Any]:
    """The dtypes that the op takes from its inputs, as they are now."""
    from tensorflow.python.framework import op_def_registry

    definition = op_def_registry.get(kind)
    found: dict[str, Any] = {}
    place = 0
    for argument in definition.input_arg if definition is not None else ():
        if argument.type_list_attr:
            count = len(get(argument.type_list_attr) or ())
            types = [t._datatype_enum() for t in inputs[place : place + count]]
            found[argument.type_list_attr] = types
        else:
            count = int(get(argument.number_attr) or 0) if argument.number_attr else 1
            if argument.type_attr and place < len(inputs) and count:
                found[argument.type_attr] = inputs[place]._datatype_enum()
        place += count
    return found


# -- what is no op, or an op on a variable


def _read(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    return [identity(inputs[-1])]


def _constant(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    from tensorflow.python.framework import constant_op, tensor_util

    value = attributes.get("value")
    return [constant_op.constant(tensor_util.MakeNdarray(value))]


def _stacked(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    from tensorflow.python.ops import array_ops_stack

    return [array_ops_stack.stack(inputs)]


def _assigned(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    return [cut(inputs[-1])]


def _added(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    old, change = inputs
    return [replaced(quietly(lambda: old + change), old)]


def _taken(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    old, change = inputs
    return [replaced(quietly(lambda: old - change), old)]


def _gathered(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    from tensorflow.python.ops import gen_array_ops

    batch = int(attributes.get("batch_dims") or 0)
    return [gen_array_ops.gather_v2(inputs[0], inputs[1], batch, batch_dims=batch)]


def _gathered_at(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    from tensorflow.python.ops import gen_array_ops

    return [gen_array_ops.gather_nd(inputs[0], inputs[1])]


def _shaped(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    from tensorflow.python.ops import gen_array_ops

    return [gen_array_ops.shape(inputs[0], out_type=attributes.get("out_type") or 3)]


def _scattered(how: str, rows: bool) -> Rule:
    def scatter(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
        from tensorflow.python.ops import array_ops, gen_array_ops

        old, indices, updates = inputs
        if rows:
            indices = array_ops.expand_dims(indices, -1)
        act = getattr(gen_array_ops, f"tensor_scatter_{how}")
        return [replaced(quietly(lambda: act(old, indices, updates)), old)]

    return scatter


def _sliced(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    from tensorflow.python.ops import gen_array_ops

    names = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    masks = {name: attributes.get(name) or 0 for name in names}
    act = gen_array_ops.tensor_strided_slice_update
    return [replaced(quietly(lambda: act(*inputs, **masks)), inputs[0])]


def _as_given(inputs: list[Any], attributes: Attributes) -> Sequence[Any]:
    return [identity(one) for one in inputs]


RULES: Final[Mapping[str, Rule]] = {
    "ReadVariableOp": _read,
    "_copy": _read,
    "pack_eager_tensors": _stacked,
    "Const": _constant,
    "AssignVariableOp": _assigned,
    "AssignAddVariableOp": _added,
    "AssignSubVariableOp": _taken,
    "ResourceGather": _gathered,
    "ResourceGatherNd": _gathered_at,
    "VariableShape": _shaped,
    "ResourceScatterUpdate": _scattered("update", True),
    "ResourceScatterAdd": _scattered("add", True),
    "ResourceScatterSub": _scattered("sub", True),
    "ResourceScatterMin": _scattered("min", True),
    "ResourceScatterMax": _scattered("max", True),
    "ResourceScatterNdUpdate": _scattered("update", False),
    "ResourceScatterNdAdd": _scattered("add", False),
    "ResourceScatterNdSub": _scattered("sub", False),
    "ResourceStridedSliceAssign": _sliced,
    "EagerPyFunc": _as_given,
}
"""By op type; an op on a variable is done to what it holds."""
