"""Whether a class uses an attribute of its own outside its constructor: yes, no, or unknown."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from whygrad.source.attributes import methods, self_name
from whygrad.source.expressions import constant_text, dotted
from whygrad.source.files import Sources
from whygrad.source.module import Function, SourceModule


class ClassRef(NamedTuple):
    """A class of the method resolution order: its file, its qualified name, its module's name."""

    path: str | None
    qualname: str
    module: str = ""


_SETS_UP: Final = {
    "__init__", "__new__", "__post_init__", "reset_parameters", "_reset_parameters",
    "init_weights", "_init_weights", "initialize_weights", "_initialize_weights", "setup",
}  # fmt: skip
"""Methods that make the attributes; touching one there is no use on the way to the loss."""

_ADMINISTERS: Final = {
    "__repr__", "extra_repr", "__del__", "__getstate__", "__setstate__", "__deepcopy__",
    "configure_optimizers", "train", "eval", "_apply", "freeze", "unfreeze", "state_dict",
    "load_state_dict", "_load_from_state_dict", "get_parameters", "get_params", "param_groups",
}  # fmt: skip
"""Methods that may touch every attribute and still are no use of it."""

_WHOLE: Final = {
    "children", "named_children", "modules", "named_modules", "parameters", "named_parameters",
    "buffers", "named_buffers", "get_submodule", "get_parameter", "get_buffer", "state_dict",
    "_modules", "_parameters", "_buffers", "__dict__", "__getattr__", "__getattribute__",
}  # fmt: skip
"""`self.<this>` may hand out any attribute."""

_HARMLESS: Final = {"isinstance", "type", "id", "super", "hasattr", "repr", "str", "issubclass"}
_KNOWN_MODULES: Final = {
    "builtins", "abc", "typing", "typing_extensions", "collections.abc", "torch.nn.modules.module",
}  # fmt: skip
"""Their classes use no attribute of a person's class on the way to the loss."""


def mentioned(sources: Sources, classes: Sequence[ClassRef], attribute: str) -> bool | None:
    """Whether a method outside the constructor mentions `self.<attribute>`; None where unknown.

    `classes` is the class and its bases in method resolution order.
    """
    memo = ("mentioned", tuple(classes), attribute)
    if memo not in sources.answers:
        sources.answers[memo] = _mentioned(sources, classes, attribute)
    return sources.answers[memo]


def _mentioned(sources: Sources, classes: Sequence[ClassRef], attribute: str) -> bool | None:
    unsure = False
    for ref in classes:
        if ref.module in _KNOWN_MODULES or ref.qualname == "object":
            continue
        module = sources.module(ref.path) if ref.path is not None else None
        cls = module.class_named(ref.qualname) if module is not None else None
        if module is None or cls is None:
            unsure = True
            continue
        found = _mentioned_in(module, cls, attribute)
        if found:
            return True
        unsure = unsure or found is None
    return None if unsure else False


def _mentioned_in(module: SourceModule, cls: ast.ClassDef, attribute: str) -> bool | None:
    unsure = False
    own = tuple(methods(cls))
    setting_up = _setting_up(module, own)
    for method in own:
        if method.name in ("__getattr__", "__getattribute__"):
            unsure = True
        name = self_name(method)
        if name is None or method.name in _ADMINISTERS:
            continue
        uses = _uses_in_setup if method.name in setting_up else _uses
        found = uses(module, method, name, attribute)
        if found:
            return True
        unsure = unsure or found is None
    unsure = unsure or _touched_from_outside(module, cls, attribute)
    return None if unsure else False


def _setting_up(module: SourceModule, own: Sequence[Function]) -> set[str]:
    """Constructors, and methods that nothing but constructors of the class call."""
    callers: dict[str, set[str]] = {}
    names = {m.name for m in own}
    for method in own:
        name = self_name(method)
        for node in ast.walk(method):
            if not isinstance(node, ast.Attribute) or node.attr not in names:
                continue
            if dotted(node) == f"{name}.{node.attr}":
                outer = module.parent(node)
                called = isinstance(outer, ast.Call) and outer.func is node
                # A method handed on, e.g. as a hook, runs later, whoever handed it on.
                by = method.name if called else "<later>"
                callers.setdefault(node.attr, set()).add(by)
    found = {n for n in names if n in _SETS_UP or n in _ADMINISTERS}
    grown = True
    while grown:
        more = {n for n, by in callers.items() if n not in found and by <= found and n != "forward"}
        grown = bool(more)
        found |= more
    return found


def _uses(module: SourceModule, method: Function, name: str, attribute: str) -> bool | None:
    unsure = False
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute) and _is_name(node.value, name):
            if node.attr == attribute and not isinstance(node.ctx, ast.Store | ast.Del):
                return True
            unsure = unsure or (node.attr in _WHOLE and not _only_asks_device(module, node))
        elif isinstance(node, ast.Call):
            found = _asked_by_name(node, name, attribute)
            if found:
                return True
            unsure = unsure or found is None
        elif _is_name(node, name):
            unsure = unsure or _handed_out(module, node)
    return None if unsure else False


def _uses_in_setup(
    module: SourceModule, method: Function, name: str, attribute: str
) -> bool | None:
    """A constructor uses an attribute later through a lambda, or under another name."""
    unsure = False
    for node in ast.walk(method):
        if not (isinstance(node, ast.Attribute) and _is_name(node.value, name)):
            continue
        if node.attr != attribute or isinstance(node.ctx, ast.Store | ast.Del):
            continue
        outer: ast.AST | None = node
        stored = False
        while outer is not None and outer is not method:
            if isinstance(outer, (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)):
                return True
            if isinstance(outer, ast.Assign | ast.AnnAssign):
                stored = True
            if isinstance(outer, ast.Call):
                stored = stored or _keeps(outer)
            outer = module.parent(outer)
        unsure = unsure or (stored and _is_whole_value(module, node))
    return None if unsure else False


def _is_whole_value(module: SourceModule, node: ast.Attribute) -> bool:
    """`self.a` itself goes somewhere, not `self.a.weight` or `self.a.in_features`."""
    outer = module.parent(node)
    if isinstance(outer, ast.Attribute):
        return outer.attr in ("weight", "bias", "parameters", "modules", "children")
    return True


def _keeps(call: ast.Call) -> bool:
    """`self.x.append(...)`, `self.add_module(...)`, `hold(...)`, but no `nn.init.zeros_(...)`."""
    text = dotted(call.func) or ""
    return not text.endswith("_") and "init" not in text.lower() and text != "print"


def _asked_by_name(call: ast.Call, name: str, attribute: str) -> bool | None:
    """`getattr(self, "w")` is a use, `getattr(self, f"w{i}")` may be one."""
    text = dotted(call.func)
    if text in ("exec", "eval", "locals"):
        return None
    if text in ("vars", "dir") and (not call.args or _is_name(call.args[0], name)):
        return None
    if text not in ("getattr", "attrgetter", "operator.attrgetter", "methodcaller"):
        return False
    if text == "getattr":
        if not (call.args and _is_name(call.args[0], name)) or len(call.args) < 2:
            return False
        asked = call.args[1]
    else:
        asked = call.args[0] if call.args else ast.Constant(None)
    exact = constant_text(asked)
    if exact is not None:
        return exact.split(".")[0] == attribute
    return None if fnmatchcase(attribute, _pattern(asked)) else False


def _pattern(node: ast.expr) -> str:
    """The names that a computed name can be: `f"w{i}"` is `w*`."""
    if isinstance(node, ast.JoinedStr):
        return "".join(constant_text(v) or "*" for v in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (constant_text(node.left) or "*") + (constant_text(node.right) or "*")
    return "*"


def _only_asks_device(module: SourceModule, node: ast.Attribute) -> bool:
    """`next(self.parameters()).device` uses no parameter."""
    call = module.parent(node)
    outer = module.parent(call) if isinstance(call, ast.Call) else None
    return isinstance(outer, ast.Call) and dotted(outer.func) == "next"


def _handed_out(module: SourceModule, node: ast.AST) -> bool:
    """`self` itself goes where its attributes may be read: `helper(self, x)`."""
    outer = module.parent(node)
    if isinstance(outer, (ast.Attribute, ast.Return, ast.arguments, ast.Compare)):
        return False
    if isinstance(outer, ast.Call) and outer.func is not node:
        if dotted(outer.func) in (*_HARMLESS, "getattr", "setattr", "vars", "delattr"):
            return False
        # `Base.forward(self, x)`: the base is in the method resolution order and read there.
        return not (isinstance(outer.func, ast.Attribute) and outer.func.attr != "apply")
    return True


def _touched_from_outside(module: SourceModule, cls: ast.ClassDef, attribute: str) -> bool:
    """`model.encoder(x)` elsewhere in the file may be this class's attribute."""
    for node in module.attributes.get(attribute, ()):
        inside = cls.lineno <= node.lineno <= (cls.end_lineno or cls.lineno)
        if inside or not isinstance(node.ctx, ast.Load):
            continue
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            continue
        outer = module.parent(node)
        if isinstance(outer, ast.Attribute) and outer.attr in _ADMIN:
            continue
        return True
    return False


_ADMIN: Final = {
    "parameters", "named_parameters", "requires_grad_", "requires_grad", "state_dict",
    "load_state_dict", "train", "eval", "to", "cuda", "cpu", "in_features", "out_features",
    "shape", "grad", "register_forward_hook", "device", "dtype",
}  # fmt: skip


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
