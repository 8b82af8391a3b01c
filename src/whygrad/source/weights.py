"""Edits that give a variable to a layer of Keras: `add_weight`, or `keras.Variable`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.expressions import argument_of, constant_text, dotted, keyword_of
from whygrad.source.imports import Spelling, import_edit, meaning, spelled
from whygrad.source.module import SourceModule
from whygrad.source.splice import Edits, checked, replace, rewritten, without_argument
from whygrad.source.wrapping import assigned, local_value

_SHAPED: Final = {
    "zeros": "zeros", "ones": "ones", "random.normal": "random_normal",
    "random.uniform": "random_uniform", "random.truncated_normal": "truncated_normal",
    "random.stateless_normal": "random_normal",
}  # fmt: skip
"""Functions that take a shape first, and the initializer of the same kind."""
_CLASSES: Final = {
    "random_normal": ("RandomNormal", ("mean", "stddev")),
    "truncated_normal": ("TruncatedNormal", ("mean", "stddev")),
    "random_uniform": ("RandomUniform", ("minval", "maxval")),
}
_LIBRARIES: Final = ("tensorflow", "keras", "tensorflow.keras", "numpy", "keras.ops", "tf_keras")
_FLOATS: Final = ("float32", "tf.float32", "np.float32")
_VARIABLES: Final = (
    "tensorflow.Variable", "keras.Variable", "tensorflow.keras.Variable", "flax.nnx.Param",
)  # fmt: skip


class _Start(NamedTuple):
    """The values that a variable begins with, as `add_weight` wants them said."""

    shape: str
    initializer: str
    edit: Edit | None = None
    """The import that the initializer needs."""


def make_weight(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`self.w = tf.Variable(tf.zeros([3]))` to `self.w = self.add_weight(shape=(3,), ...)`; where
    the values are no known initializer's, to `self.w = keras.Variable(...)`.
    """
    statement = module.statement_of(place)
    value = assigned(module, place)
    if value is None or not isinstance(statement, ast.Assign | ast.AnnAssign):
        return None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    owner = dotted(target.value) if isinstance(target, ast.Attribute) else None
    if not isinstance(target, ast.Attribute) or owner != "self":
        return None  # a layer that is built takes no further variable from outside
    local = local_value(module, value)
    value = local if local is not None and is_variable(module, local) else value
    return _done(module, value, _weight(module, value, target.attr))


def make_weights(module: SourceModule, place: SourceLocation) -> Edits | None:
    """The same for every `tf.Variable(...)` that stands in a list or dict there."""
    value = assigned(module, place)
    edits: dict[Edit, None] = {}
    for call in _variables_in(module, value) if value is not None else ():
        spelling = _weight(module, call, None)
        if spelling is None:
            return None
        edits[replace(module, call, spelling.text)] = None
        if spelling.edit is not None:
            edits[spelling.edit] = None
    return checked(module, list(edits))


def make_variable(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`self.w = tf.zeros([3])` of a `tf.Module` to `self.w = tf.Variable(tf.zeros([3]))`."""
    value = assigned(module, place)
    if value is None or not isinstance(value, ast.Call | ast.BinOp) or is_variable(module, value):
        return None
    spelling = spelled(module, "tensorflow.Variable", place.line, alias="tf")
    text = f"{spelling.text}({module.segment(value)})"
    return _done(module, value, Spelling(text, spelling.edit))


def make_param(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`self.w = x`, or `self.w = nnx.Variable(x)`, to `self.w = nnx.Param(x)`."""
    value = assigned(module, place)
    if not isinstance(value, ast.Call | ast.BinOp) or is_variable(module, value):
        return None
    spelling = spelled(module, "flax.nnx.Param", place.line)
    name = dotted(value.func) if isinstance(value, ast.Call) else None
    if isinstance(value, ast.Call) and meaning(module, name, place.line) == "flax.nnx.Variable":
        return _done(module, value.func, spelling)
    return _done(
        module, value, Spelling(f"{spelling.text}({module.segment(value)})", spelling.edit)
    )


def make_field(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`w: Array = eqx.field(static=True)` to `w: Array`, where no more is said of it."""
    statement = module.statement_of(place)
    if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.value, ast.Call):
        return None
    if statement.value.args or len(statement.value.keywords) != 1:
        return None
    end = module.end(statement.annotation)
    return checked(module, [Edit(module.path, end, module.end(statement), "")])


def make_trainable(module: SourceModule, place: SourceLocation) -> Edits | None:
    """Take `trainable=False` out of the call that makes a variable."""
    statement = module.statement_of(place)
    found = []
    for node in ast.walk(statement) if statement is not None else ():
        if isinstance(node, ast.Call):
            flag = keyword_of(node, "trainable")
            if isinstance(flag, ast.Constant) and flag.value is False:
                found.append(node)
    edit = without_argument(module, found[0], "trainable") if len(found) == 1 else None
    return checked(module, [edit] if edit is not None else None)


def move_inside_variable(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`tf.Variable(x) * 0.1` to `tf.Variable(x * 0.1)`."""
    value = assigned(module, place)
    calls = list(_variables_in(module, value)) if value is not None else []
    if value is None or len(calls) != 1 or calls[0] is value:
        return None
    call = calls[0]
    if len(call.args) != 1 or isinstance(call.args[0], ast.Starred):
        return None
    text = module.segment(call.args[0])
    if isinstance(call.args[0], ast.BinOp | ast.UnaryOp | ast.IfExp | ast.Compare):
        text = f"({text})"
    outer = rewritten(module, value, [replace(module, call, text)])
    more = "".join(f", {module.segment(keyword)}" for keyword in call.keywords)
    new = f"{module.segment(call.func)}({outer}{more})"
    return checked(module, [replace(module, value, new)])


def _done(module: SourceModule, value: ast.expr, spelling: Spelling | None) -> Edits | None:
    if spelling is None:
        return None
    edits = [spelling.edit] if spelling.edit is not None else []
    return checked(module, [*edits, replace(module, value, spelling.text)])


def is_variable(module: SourceModule, node: ast.AST) -> bool:
    """Whether it makes a variable of TensorFlow or Keras."""
    return (
        isinstance(node, ast.Call) and meaning(module, dotted(node.func), node.lineno) in _VARIABLES
    )


def _weight(module: SourceModule, value: ast.expr, attribute: str | None) -> Spelling | None:
    """What is written in place of a variable, or of a tensor that should have been one."""
    if isinstance(value, ast.Tuple | ast.List | ast.Dict | ast.Set | ast.Lambda):
        return None
    name: str | None = f'"{attribute}"' if attribute is not None else None
    begins, more = value, ""
    if isinstance(value, ast.Call) and is_variable(module, value):
        initial = argument_of(value, 0, "initial_value") or keyword_of(value, "initializer")
        flag = argument_of(value, 1, "trainable")
        if initial is None or len(value.args) > 2 or (flag is not None and _false(flag)):
            return None
        begins = initial
        given = keyword_of(value, "name")
        name = module.segment(given) if given is not None else name
        dtype = keyword_of(value, "dtype")
        if dtype is not None and _dtype(module, dtype) not in _FLOATS:
            more = f", dtype={module.segment(dtype)}"
    start = _start(module, begins)
    if start is None:
        return _kept(module, begins, name, more)
    named = f", name={name}" if name is not None else ""
    return Spelling(
        f"self.add_weight(shape={start.shape}, initializer={start.initializer}{more}{named})",
        start.edit,
    )


def _kept(module: SourceModule, begins: ast.expr, name: str | None, more: str) -> Spelling:
    """The values as they are written, in a variable that Keras tracks."""
    spelling = _keras(module, "Variable", begins.lineno)
    # Keras allows no slash in the name of a variable.
    named = f", name={name}" if name is not None and "/" not in name else ""
    return Spelling(f"{spelling.text}({module.segment(begins)}{more}{named})", spelling.edit)


def _start(module: SourceModule, value: ast.expr) -> _Start | None:
    if isinstance(value, ast.Constant | ast.UnaryOp) and _number(value):
        return _constant(module, value, "()")
    if isinstance(value, ast.BinOp):
        return _scaled(module, value)
    if not isinstance(value, ast.Call):
        return None
    function = _function(module, value)
    if function in _SHAPED:
        return _shaped(module, value, _SHAPED[function])
    if function == "constant" and value.args and _number(value.args[0]):
        shape = argument_of(value, 2, "shape")
        return _constant(module, value.args[0], _shape(module, shape) if shape else "()")
    if function == "fill" and len(value.args) == 2:
        return _constant(module, value.args[1], _shape(module, value.args[0]))
    if function == "random.randn" and value.args:
        sizes = ", ".join(module.segment(a) for a in value.args)
        return _Start(f"({sizes}{',' * (len(value.args) == 1)})", '"random_normal"')
    shape = keyword_of(value, "shape")
    if function is None and shape is not None:
        # `init(shape=..., dtype=...)`: an initializer of its own.
        return _Start(_shape(module, shape), module.segment(value.func))
    return None


def _function(module: SourceModule, call: ast.Call) -> str | None:
    """`random.normal` of `tf.random.normal`, of `keras.random.normal` and of NumPy's."""
    full = meaning(module, dotted(call.func), call.lineno)
    for library in sorted(_LIBRARIES, key=len, reverse=True):
        if full is not None and full.startswith(library + "."):
            return full.removeprefix(library + ".")
    return None


def _shaped(module: SourceModule, call: ast.Call, initializer: str) -> _Start | None:
    shape = argument_of(call, 0, "shape") or keyword_of(call, "size")
    numpy = (meaning(module, dotted(call.func), call.lineno) or "").startswith("numpy.random")
    if shape is None or (numpy and call.args):
        return None
    given = {}
    for position, name in enumerate(_CLASSES.get(initializer, ("", ()))[1], start=1):
        value = argument_of(call, position, name)
        if value is not None:
            given[name] = module.segment(value)
    if not given:
        return _Start(_shape(module, shape), f'"{initializer}"')
    return _made(module, call, _CLASSES[initializer][0], given, _shape(module, shape))


def _scaled(module: SourceModule, value: ast.BinOp) -> _Start | None:
    """`tf.random.normal(shape) * 0.02`."""
    if not isinstance(value.op, ast.Mult):
        return None
    for factor, other in ((value.left, value.right), (value.right, value.left)):
        inner = _start(module, other) if isinstance(other, ast.Call) else None
        if inner is not None and inner.initializer == '"random_normal"' and _number(factor):
            given = {"stddev": module.segment(factor)}
            return _made(module, value, "RandomNormal", given, inner.shape)
    return None


def _constant(module: SourceModule, value: ast.expr, shape: str) -> _Start:
    text = module.segment(value)
    known = {"0": "zeros", "0.0": "zeros", "1": "ones", "1.0": "ones"}.get(text)
    if known is not None:
        return _Start(shape, f'"{known}"')
    return _made(module, value, "Constant", {"": text}, shape)


def _made(
    module: SourceModule, node: ast.expr, name: str, given: dict[str, str], shape: str
) -> _Start:
    spelling = _keras(module, f"initializers.{name}", node.lineno)
    arguments = ", ".join(f"{k}={v}" if k else v for k, v in given.items())
    return _Start(shape, f"{spelling.text}({arguments})", spelling.edit)


def _keras(module: SourceModule, name: str, line: int) -> Spelling:
    """The file's own way to Keras: its import, or through `tf`."""
    for package in ("keras", "tf_keras", "tensorflow.keras"):
        if _reaches(module, package, line):
            return spelled(module, f"{package}.{name}", line)
    return Spelling(f"keras.{name}", import_edit(module, "keras", "keras"))


def _reaches(module: SourceModule, package: str, line: int) -> bool:
    probe = spelled(module, f"{package}.Variable", line)
    return probe.edit is None


def _shape(module: SourceModule, node: ast.expr) -> str:
    if isinstance(node, ast.List):
        inner = ", ".join(module.segment(each) for each in node.elts)
        return f"({inner},)" if len(node.elts) == 1 else f"({inner})"
    if isinstance(node, ast.Tuple):
        text = module.segment(node)
        return text if text.startswith("(") else f"({text})"
    return module.segment(node)


def _dtype(module: SourceModule, node: ast.expr) -> str:
    return constant_text(node) or module.segment(node)


def _number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _variables_in(module: SourceModule, value: ast.expr) -> Iterator[ast.Call]:
    """The `tf.Variable(...)` calls in an expression."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and is_variable(module, node):
            yield node
