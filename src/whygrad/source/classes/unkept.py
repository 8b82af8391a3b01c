"""What a model of TensorFlow, Keras or Flax NNX keeps where nobody finds it, or as something else
than a variable. Everything is asked in three values; what is not known is no answer.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Final, NamedTuple

from whygrad.source.classes.behind import behind, is_alive
from whygrad.source.classes.held import Held, Holds
from whygrad.source.classes.keeping import (
    Kept,
    Seen,
    kept,
    looked_at,
    only_grows,
    put_into,
    value_of,
)
from whygrad.source.classes.known import Base
from whygrad.source.classes.others import INITIALIZER, TF_VARIABLE
from whygrad.source.classes.taken import by_hand
from whygrad.source.expressions import argument_of, constant_text, dotted, keyword_of
from whygrad.source.project.keras_version import Keras, keras_of
from whygrad.source.project.project import Project
from whygrad.source.wrapping import local_value

_DRAWN: Final = re.compile(
    r"random|normal|uniform|glorot|xavier|he_init|lecun|orthogonal|randn", re.IGNORECASE
)
_FILLED: Final = re.compile(r"zeros|ones|initial|fill\(|eye\(|" + _DRAWN.pattern, re.IGNORECASE)
_INTEGERS: Final = re.compile(r"\bu?int(?:8|16|32|64)\b|\bbool\b|\bstring\b|\bqint")
_MEANT_FIXED: Final = re.compile(
    r"noise|eps|random|fixed|frozen|const|proj|seed|mask|fourier|hash|anchor|rng|dummy|sample|prior"
    r"|basis|key|buffer|target|state|mov|running|mean|var|stat|count|step|ema|cache|grid|rff|freq|omega|phase",
    re.IGNORECASE,
)
"""Names of what is to stay as it was drawn, or is kept up in another way."""
_FIXED_CLASS: Final = re.compile(
    r"noise|random|fixed|frozen|fourier|hash|rff|quantiz|moving|ema|target|mask", re.IGNORECASE
)
_PRODUCTS: Final = {
    "matmul", "multiply", "einsum", "tensordot", "dot", "conv1d", "conv2d", "embedding_lookup",
    "bias_add", "add", "linear", "softmax", "sigmoid", "softplus",
}  # fmt: skip
_CASTS: Final = {"cast", "to_float", "convert_to_tensor", "float32"}


class Unkept(NamedTuple):
    """One attribute that does not train."""

    kept: Kept
    seen: Seen
    learning: tuple[Held, ...]
    certain: bool
    keras: Keras | None = None
    """Which Keras it is, where it depends on that."""

    @property
    def is_keras_2(self) -> bool:
        """Whether it is certainly a layer of Keras 2."""
        kept = self.kept
        return kept.base is Base.KERAS_2 or keras_of(kept.project, kept.path).major == 2

    @property
    def direct(self) -> bool:
        """Whether the statement itself makes it, and no function that it calls."""
        value = local_value(self.seen.module, self.seen.value)
        name = dotted(value.func) if isinstance(value, ast.Call) else None
        return (name or "").rpartition(".")[2] == "Variable"

    @property
    def behind(self) -> list[str]:
        """The attributes that hold the variables from which it is computed."""
        return behind(self.kept, self.seen)

    @property
    def container(self) -> str:
        """`list`, `dict`, ...; empty where it is none."""
        return self.kept.container


def _each_once(
    find: Callable[[Project], Iterator[Unkept]],
) -> Callable[[Project], Iterator[Unkept]]:
    """An attribute of a base is met once for each class that has it."""

    @wraps(find)
    def once(project: Project) -> Iterator[Unkept]:
        seen: set[tuple[str, int, str]] = set()
        for found in find(project):
            key = (found.kept.path, found.seen.statement.line, found.kept.attribute)
            if key not in seen:
                seen.add(key)
                yield found

    return once


@_each_once
def variables(project: Project) -> Iterator[Unkept]:
    """A `tf.Variable` in an attribute of a layer, which Keras 3 does not track."""
    for one in _of(project, Base.KERAS):
        if not all(_is_untracked(held) for held in one.made) or not one.made_once:
            continue
        keras = keras_of(project, one.path)
        seen = looked_at(one) if keras.major == 3 and not by_hand(project) else None
        if seen is None or _has_integers(seen):
            continue
        yield Unkept(one, seen, one.made, keras.certain and _is_meant(seen), keras)


@_each_once
def of_losses(project: Project) -> Iterator[Unkept]:
    """A variable of a loss object. Where a tape is used by hand, its list of variables decides."""
    for one in _of(project, Base.KERAS_LOSS):
        if not all(h.what is Holds.PARAMETER and h.learns is True for h in one.made):
            continue
        seen = looked_at(one) if one.made_once else None
        if seen is not None and not _has_integers(seen):
            yield Unkept(one, seen, one.made, _is_meant(seen))


def has_tape(project: Project) -> bool:
    """Whether somebody asks for gradients by hand."""
    return any("GradientTape" in project.text(path) for path in project.files())


@_each_once
def containers(project: Project) -> Iterator[Unkept]:
    """Variables and modules in an attribute that Keras 3, or a `tf.Module`, does not look into."""
    yield from _helpers(project)
    for one in _of(project, Base.KERAS, Base.TENSORFLOW):
        strange = _strange_to(one.base)
        kinds = {held.what for held in one.made}
        if kinds not in ({Holds.CONTAINER}, {Holds.MODULE}) or not only_grows(one):
            continue
        held = [*_flat(one.made), *_flat(put_into(one))]
        learning = tuple(dict.fromkeys(h for h in held if strange(h)))
        if any(h.name == "collections.deque" for h in one.made) and one.base is Base.KERAS:
            learning = tuple(dict.fromkeys(h for h in held if _learns(h)))
        if not learning or (kinds == {Holds.MODULE} and not all(map(strange, one.made))):
            continue
        keras = keras_of(project, one.path)
        seen = looked_at(one) if keras.major == 3 and not by_hand(project) else None
        if seen is not None and not _has_integers(seen):
            yield Unkept(one, seen, learning, keras.certain, keras)


def _helpers(project: Project) -> Iterator[Unkept]:
    """Layers and variables in an object that is no layer itself."""
    for one in _of(project, Base.KERAS, Base.KERAS_2, Base.TENSORFLOW):
        if all(h.what is Holds.OTHER and h.learns is True for h in one.made) and one.made_once:
            seen = looked_at(one) if not by_hand(project) else None
            if seen is not None:
                yield Unkept(one, seen, one.made, True)


@_each_once
def tensors(project: Project) -> Iterator[Unkept]:
    """Random numbers that a model multiplies with as with a weight, and that nobody trains."""
    for one in kept(project):
        if any(held.what is not Holds.TENSOR for held in one.made) or not one.made_once:
            continue
        if one.base is Base.EQUINOX:
            continue  # every array of a module is trained
        if is_meant_fixed(one):
            continue
        seen = looked_at(one)
        if seen is None or seen.value is None or not as_weight(seen):
            continue
        value = local_value(seen.module, seen.value) or seen.value
        drawn = one.made[0].name == INITIALIZER or _DRAWN.search(seen.module.segment(value))
        if drawn and not _has_integers(seen):
            yield Unkept(one, seen, one.made, False)


@_each_once
def computed(project: Project) -> Iterator[Unkept]:
    """The result of an operation on a variable, kept in its place."""
    for one in kept(project):
        if all(h.what is Holds.COMPUTED and h.learns for h in one.made) and one.made_once:
            seen = looked_at(one)
            if seen is not None and not is_alive(one, seen):
                yield Unkept(one, seen, one.made, True)


@_each_once
def untrainable(project: Project) -> Iterator[Unkept]:
    """A random variable with `trainable=False` that a model multiplies with as with a weight."""
    for one in _not_learning(project):
        if is_meant_fixed(one):
            continue
        call = value_of(one)
        if not isinstance(call, ast.Call) or not _drawn_and_still(one, call):
            continue
        seen = looked_at(one)
        if seen is not None and not _has_integers(seen) and as_weight(seen):
            yield Unkept(one, seen, one.made, False)


def _drawn_and_still(one: Kept, call: ast.Call) -> bool:
    """`nnx.Variable(jax.random.normal(...))`, or random numbers with `trainable=False`."""
    first = call.args[0] if call.args else None
    if one.base is Base.NNX:
        return one.made[0].name == "flax.nnx.Variable" and _is_drawn(first)
    flag = keyword_of(call, "trainable")
    off = isinstance(flag, ast.Constant) and flag.value is False
    return off and _is_drawn(keyword_of(call, "initializer") or first)


def _is_drawn(node: ast.expr | None) -> bool:
    return node is not None and _DRAWN.search(ast.unparse(node)) is not None


@_each_once
def integers(project: Project) -> Iterator[Unkept]:
    """A variable of integers that is cast and calculated with."""
    for one in _not_learning(project):
        call = value_of(one)
        if one.base is Base.NNX or not isinstance(call, ast.Call) or keyword_of(call, "trainable"):
            continue
        dtype = argument_of(call, 3, "dtype")
        text = (constant_text(dtype) or dotted(dtype) or "") if dtype is not None else "int"
        if not text.rpartition(".")[2].startswith(("int", "uint")):
            continue
        seen = looked_at(one, only_read=False)
        if seen is not None and _cast_in_a_product(seen):
            yield Unkept(one, seen, one.made, False)


def _of(project: Project, *bases: Base) -> Iterator[Kept]:
    return (one for one in kept(project) if one.base in bases)


def _not_learning(project: Project) -> Iterator[Kept]:
    for one in kept(project):
        kinds = (Holds.PARAMETER, Holds.BUFFER)
        if one.made_once and all(h.what in kinds and h.learns is False for h in one.made):
            yield one


def _is_untracked(held: Held) -> bool:
    return held.what is Holds.PARAMETER and held.learns is True and held.name == TF_VARIABLE


def _learns(held: Held) -> bool:
    return held.what in (Holds.PARAMETER, Holds.MODULE) and held.learns is True


def _strange_to(base: Base) -> Callable[[Held], bool]:
    """What a model of one kind does not find in itself, although it learns."""
    if base is Base.KERAS:
        return lambda h: _is_untracked(h) or (h.base is Base.TENSORFLOW and _learns(h))
    return lambda h: (
        _learns(h)
        and (h.base is Base.KERAS or h.name in ("keras.Variable", "tensorflow.keras.Variable"))
    )


def _flat(items: Iterable[Held]) -> Iterator[Held]:
    todo = list(items)
    while todo:
        held = todo.pop(0)
        yield held
        todo.extend(held.items if held.what is Holds.CONTAINER else ())


def _has_integers(seen: Seen) -> bool:
    value = local_value(seen.module, seen.value)
    return value is not None and bool(_INTEGERS.search(seen.module.segment(value)))


def _is_meant(seen: Seen) -> bool:
    """Whether training is certainly wanted: it is said, or it begins as a weight does. A single
    number may be a knob that somebody turns from outside.
    """
    value = local_value(seen.module, seen.value)
    if value is None:
        return False
    text = seen.module.segment(value)
    return "trainable=True" in text.replace(" ", "") or _FILLED.search(text) is not None


def is_meant_fixed(one: Kept) -> bool:
    """Whether its name, or that of its class, says that it is to stay as it is."""
    fixed = _MEANT_FIXED.search(one.attribute) or _FIXED_CLASS.search(one.class_name)
    return fixed is not None


def as_weight(seen: Seen) -> bool:
    """Whether it, or a part of it, is multiplied or added, or made a share, where it is used."""
    module, node = seen.use
    outer = module.parent(node)
    while isinstance(outer, ast.Subscript) and outer.value is node:
        node, outer = outer, module.parent(outer)
    if isinstance(outer, ast.BinOp):
        return isinstance(outer.op, ast.Mult | ast.MatMult | ast.Add)
    name = dotted(outer.func) if isinstance(outer, ast.Call) else None
    return (name or "").rpartition(".")[2] in _PRODUCTS


def _cast_in_a_product(seen: Seen) -> bool:
    module, node = seen.use
    cast = module.parent(node)
    if not isinstance(cast, ast.Call) or (dotted(cast.func) or "").rpartition(".")[2] not in _CASTS:
        return False
    outer = module.parent(cast)
    if isinstance(outer, ast.BinOp):
        return isinstance(outer.op, ast.Mult | ast.Div | ast.Pow)
    name = dotted(outer.func) if isinstance(outer, ast.Call) else None
    return (name or "").rpartition(".")[2] in {"multiply", "divide", "pow", "power"}
