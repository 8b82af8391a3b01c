"""The container that hides variables: what it is, and what is tracked in its place."""

from __future__ import annotations

import ast
from functools import partial
from typing import Final

from whygrad.causes.mend import assigned
from whygrad.causes.registration.ordering import registered
from whygrad.flow.case import Case
from whygrad.flow.variable import Home
from whygrad.model.source import Fix
from whygrad.source.edits import make_weights, track_container
from whygrad.source.files import Sources

_LISTS: Final = (ast.List, ast.ListComp, ast.Tuple, ast.GeneratorExp, ast.Set, ast.SetComp)
_DICTS: Final = (ast.Dict, ast.DictComp)
_CALLS: Final = {"list": "list", "tuple": "tuple", "dict": "dict", "set": "set"}
_TRACKED: Final = {
    ("list", False): "nn.ModuleList",
    ("dict", False): "nn.ModuleDict",
    ("list", True): "nn.ParameterList",
    ("dict", True): "nn.ParameterDict",
}


def _kind(value: ast.expr | None) -> str | None:
    if isinstance(value, ast.Tuple):
        return "tuple"
    if isinstance(value, ast.Set | ast.SetComp):
        return "set"
    if isinstance(value, _LISTS):
        return "list"
    if isinstance(value, _DICTS):
        return "dict"
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return _CALLS.get(value.func.id)
    return None


def container(case: Case, sources: Sources) -> str:
    """`a plain list`, or what else is known."""
    if case.variable.home is Home.HELPER_OBJECT:
        return case.recording.dialect.spelled("an object that is no module")
    found = assigned(sources, case.variable.held_at)
    kind = _kind(found[2]) if found else None
    return f"a plain {kind}" if kind else "a plain container"


def holds_tensors(case: Case) -> bool:
    """Whether the container holds tensors themselves, and not layers."""
    return case.variable.owner in ("list", "tuple", "dict", "set", "deque", "frozenset")


def container_fix(case: Case, sources: Sources) -> Fix:
    """Wrap the container that is written down; else say what to use."""
    tensors = holds_tensors(case)
    found = assigned(sources, case.variable.held_at)
    kind = _kind(found[2]) if found else None
    dialect = case.recording.dialect
    if case.variable.home is Home.HELPER_OBJECT:
        module = dialect.spelled("nn.Module")
        return Fix(f"make the helper's class a subclass of `{module}`, or register what it holds")
    if dialect.edits == "keras" and tensors:
        message = f"make them with `{dialect.parameter}(...)`: a list or dict of those is tracked"
        return registered(sources, case.variable.held_at, message, make_weights)
    if dialect.edits != "torch":
        return Fix("keep them in an attribute of the model: a list, a tuple or a dict is tracked")
    tracked = _TRACKED["dict" if kind == "dict" else "list", tensors]
    message = f"keep them in `{tracked}`"
    holds = "Parameter" if tensors else "Module"
    made = partial(track_container, holds=holds, text_keys=_keyed_by_text(case, found))
    return registered(sources, case.variable.held_at, message, made)


def _keyed_by_text(case: Case, found: tuple[object, ast.stmt, ast.expr] | None) -> bool:
    """Whether the variable's own name shows it: `model.heads.cls.weight` of `self.heads`."""
    targets = getattr(found[1], "targets", ()) if found is not None else ()
    for target in targets:
        if isinstance(target, ast.Attribute):
            before, _, rest = case.variable.name.partition(f".{target.attr}.")
            if before and rest:
                return rest.split(".")[0].isidentifier()
    return False


def _empty(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return not (value.args or value.keywords)
    if isinstance(value, ast.Dict):
        return not value.keys
    return isinstance(value, ast.List) and not value.elts
