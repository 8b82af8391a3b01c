"""Whether the call of a base's constructor can stand further up: what it uses, or calls on the
object, must not be made by the statements that it passes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple

from whygrad.source.attributes import self_name
from whygrad.source.classes.bases import Known, Lineage
from whygrad.source.classes.known import is_layer
from whygrad.source.classes.methods import reached_from
from whygrad.source.expressions import constant_text, dotted
from whygrad.source.facts.signs import BUILTINS
from whygrad.source.imports import meaning
from whygrad.source.module import Function, SourceModule

_CONSTRUCTORS: Final = {"__init__", "__new__", "__post_init__"}
_TEMPLATES: Final = {"reset_parameters", "_reset_parameters"}
"""What a layer of `torch.nn` calls as it is made, and a class that inherits it may say anew."""
_LISTINGS: Final = {
    "parameters", "named_parameters", "modules", "named_modules", "children", "named_children",
    "state_dict", "trainable_variables", "trainable_weights", "variables", "weights", "__dict__",
    "_parameters", "_modules", "_buffers", "buffers", "named_buffers",
}  # fmt: skip
"""By these a constructor sees everything that was set before it."""
_SET_BY_FRAMEWORKS: Final = {
    "training", "name", "dtype", "trainable", "built", "supports_masking", "autocast", "config",
    "activity_regularizer", "input_spec", "jit_compile", "stop_training", "optimizer", "losses",
    "compiled", "loss", "metrics", "quantization_mode", "dtype_policy", "generation_config",
    "warnings_issued", "name_or_path", "trainer", "prepare_data_per_node", "batch_input_shape",
}  # fmt: skip
_LIBRARIES: Final = ("torch", "tensorflow", "keras", "tf_keras", "numpy", "math", "einops")
_READS: Final = {"get", "items", "keys", "values", "copy", "format", "join", "split", "index"}
_LEAVES: Final = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal)


_TELLS: Final = {"print", "logging", "logger", "log", "warnings"}
_WHOLE: Final = {"locals", "vars", "globals", "eval", "dir"}


class Demands(NamedTuple):
    """What is asked of the object, and set on it, by a call."""

    reads: frozenset[str]
    sets: frozenset[str]
    builds: bool
    """Whether it makes layers: of what a seed, or a default dtype, decides."""


class Sooner(NamedTuple):
    """A call in a constructor, and what may come after it that now comes before."""

    module: SourceModule
    owner: str
    names: frozenset[str]
    """Local names in the call's arguments."""
    demands: Demands
    lines: tuple[Lineage, ...]

    def touches(self, statement: ast.stmt) -> bool:
        """Whether a statement has to do with the object."""
        return any(_is(node, self.owner) for node in ast.walk(statement))

    def may_follow(self, statement: ast.stmt) -> bool:
        """Whether a statement may as well run after the call."""
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            return False  # the docstring stays the first
        if any(isinstance(node, _LEAVES) for node in ast.walk(statement)):
            return False
        if self.names & set(_changed(self.module, statement)):
            return False
        if self.demands.builds and self._decides(statement):
            return False
        stored, read = self._on_object(statement)
        if "*" in stored:
            return False
        taken = self.demands.reads | self.demands.sets | _SET_BY_FRAMEWORKS
        return stored.isdisjoint(taken) and read.isdisjoint(self.demands.sets)

    def _decides(self, statement: ast.stmt) -> bool:
        """`torch.manual_seed(0)`, `torch.set_default_dtype(...)`."""
        if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
            return False
        head = (dotted(statement.value.func) or "").partition(".")[0]
        return head not in _TELLS and head != self.owner

    def _on_object(self, statement: ast.stmt) -> tuple[set[str], set[str]]:
        """The attributes that a statement sets, with the methods that it calls, and those it reads.
        `*` where any may be set.
        """
        stored, read = set[str](), set[str]()
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and _is(node.value, self.owner):
                (read if isinstance(node.ctx, ast.Load) else stored).add(node.attr)
            elif isinstance(node, ast.Call) and any(_is(a, self.owner) for a in node.args):
                name = constant_text(node.args[1]) if len(node.args) == 3 else None
                stored.add(name if dotted(node.func) == "setattr" and name else "*")
        for line in self.lines:
            own = {m.name for known in line.classes for m in known.facts.methods}
            for method in reached_from(line, read & own):
                if method.hands_out:
                    stored.add("*")
                read |= method.reads
            called = {m.name for m in reached_from(line, read & own)}
            stored |= {
                s.attribute for k in line.classes for s in k.facts.stores if s.method in called
            }
        return stored, read


def sooner(
    module: SourceModule, method: Function, call: ast.Call, known: Known, lines: list[Lineage]
) -> Sooner | None:
    """What a call of a base's constructor asks for; None where that cannot be told. `lines` are the
    lineages of all classes that run it.
    """
    owner = self_name(method)
    if owner is None:
        return None
    handed = [a for a in call.args if not _is(a, owner)]
    given = [node for a in [*handed, *call.keywords] for node in ast.walk(a)]
    asked = {n.attr for n in given if isinstance(n, ast.Attribute) and _is(n.value, owner)}
    bare = sum(_is(n, owner) for n in given)
    if bare != sum(isinstance(n, ast.Attribute) and _is(n.value, owner) for n in given):
        return None
    reads, sets, builds = set(asked), set[str](), False
    for line in lines:
        demands = _demands(line, known, asked)
        if demands is None:
            return None
        reads |= demands.reads
        sets |= demands.sets
        builds = builds or demands.builds
    names = frozenset(n.id for n in given if isinstance(n, ast.Name) and n.id != owner)
    if names & _WHOLE:
        return None
    every = Demands(frozenset(reads), frozenset(sets), builds)
    return Sooner(module, owner, names, every, tuple(lines))


def _demands(line: Lineage, known: Known, asked: set[str]) -> Demands | None:
    """What the constructors of the bases, and methods that the call's arguments ask, want."""
    if not line.complete or known not in line.classes:
        return None
    bases = line.classes[line.classes.index(known) + 1 :]
    first = [(k, m) for k in bases for m in k.facts.methods if m.name in _CONSTRUCTORS]
    names = {name for _, m in first for name in m.reads | m.supers} | asked
    layer = any(is_layer(name) for name in line.outside if name != "torch.nn.Module")
    names |= _TEMPLATES if layer else set()
    further = reached_from(line, names - _CONSTRUCTORS)
    every = [*(m for _, m in first), *further]
    reads = frozenset(name for m in every for name in m.reads) | names
    if any(m.hands_out for m in every) or not reads.isdisjoint(_LISTINGS):
        return None
    made = {m.name for m in further}
    stores = [s for k in line.classes for s in k.facts.stores if s.method in made]
    stores += [s for k in bases for s in k.facts.stores if s.method in _CONSTRUCTORS]
    if any("*" in s.attribute for s in stores):
        return None
    return Demands(reads, frozenset(s.attribute for s in stores), bool(first) or layer)


def _changed(module: SourceModule, statement: ast.stmt) -> Iterator[str]:
    """Local names that a statement binds, or whose objects it may change."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            if not isinstance(node.ctx, ast.Load):
                yield from _base(node)
        elif isinstance(node, ast.Call):
            yield from _given(module, node)


def _given(module: SourceModule, call: ast.Call) -> Iterator[str]:
    """Local names whose objects a call may change: `kwargs.pop("x")`, `fill(kwargs)`."""
    if isinstance(call.func, ast.Attribute) and call.func.attr not in _READS:
        yield from _base(call.func)
    name = dotted(call.func) or ""
    full = meaning(module, name, call.lineno) or name
    # A class makes an object of what it is given.
    if (
        full.split(".")[0] in _LIBRARIES
        or full in BUILTINS
        or full.rpartition(".")[2][:1].isupper()
    ):
        return
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        yield from (n.id for n in ast.walk(argument) if isinstance(n, ast.Name))


def _base(node: ast.AST) -> Iterator[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
