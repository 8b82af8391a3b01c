"""Whether something could reach the framework, or who trains it, in another way than by its
attribute: for TensorFlow, Keras and JAX, where a list of variables is easily made by hand.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from whygrad.source.classes.bases import Lineage
from whygrad.source.classes.elsewhere import may_be, statement_of
from whygrad.source.classes.uses import Use, local_uses
from whygrad.source.expressions import dotted
from whygrad.source.module import Function, SourceModule
from whygrad.source.project.project import Project

_TAKES: Final = re.compile(
    r"trainable|\bvariables\b|\.(?:weights|variables|parameters)\b|get_weights|gradient|minimi[sz]e"
    r"|optimi[sz]er|assign|set_value|scatter|\bwatch\(|track|\bparams\b|vars\b|var_list|Checkpoint"
    r"|\.append\(|\.extend\(|\.update\(|setattr|\bgrad\b|value_and_grad|stop_grad|tree_at|replace\(",
    re.IGNORECASE,
)
_WRITES: Final = re.compile(r"assign|set_value|scatter|\.update\(|setattr")
_ATTRIBUTE: Final = re.compile(r"\.[ \t]*([A-Za-z_]\w*)")
_GATHERS: Final = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Starred, ast.Return, ast.Yield)
_BY_HAND: Final = re.compile(
    r"\bwatched_variables\(|\.trainable_variables\(\)|get_collection\(|global_variables\("
)


def by_hand(project: Project) -> bool:
    """Whether code of the project trains whatever a tape, or a graph, has seen."""
    if "by hand" not in project.answers:
        project.answers["by hand"] = any(
            _BY_HAND.search(project.text(path))
            for path in project.files()
            if project.frameworks[path] & {"tensorflow", "keras"}
        )
    return bool(project.answers["by hand"])


def taken(
    project: Project, line: Lineage, attribute: str, every: Sequence[Use], early: Sequence[Use]
) -> bool:
    """Whether an attribute is named where lists of variables are made, written to, or handed on."""
    for use in every:
        if not any(use is other for other in early) and takes(use.module, use.node, use.method):
            return True
    return any(
        isinstance(node.ctx, ast.Store | ast.Del) or takes(module, node, scope)
        for module, node, scope in outside(project, line, attribute)
    )


def written(project: Project, line: Lineage, attribute: str, every: Sequence[Use]) -> bool:
    """Whether an attribute is written to somewhere."""
    nodes = [(use.module, use.node) for use in every]
    nodes += [(module, node) for module, node, _ in outside(project, line, attribute)]
    for module, node in nodes:
        statement = statement_of(module, node)
        if statement is None or isinstance(node.ctx, ast.Store | ast.Del):
            return True
        if _WRITES.search(_head(module, statement, attribute)):
            return True
    return False


def takes(module: SourceModule, node: ast.expr, scope: ast.AST | None) -> bool:
    """Whether what is done here may hand a variable to somebody, or write to it."""
    statement = statement_of(module, node)
    name = node.attr if isinstance(node, ast.Attribute) else ""
    if statement is None or _TAKES.search(_head(module, statement, name)):
        return True
    holder = module.parent(node)
    while isinstance(holder, ast.Subscript) and holder.value is node:
        node, holder = holder, module.parent(holder)
    if isinstance(holder, _GATHERS):
        return True
    if isinstance(holder, ast.Assign) and isinstance(scope, ast.FunctionDef):
        names = [t.id for t in holder.targets if isinstance(t, ast.Name)]
        if len(names) != len(holder.targets):
            return True
        return any(
            takes(module, use, None) for name in names for use in local_uses(module, scope, name)
        )
    return isinstance(holder, ast.Assign | ast.AnnAssign | ast.NamedExpr)


def _head(module: SourceModule, statement: ast.stmt, attribute: str) -> str:
    """The text of a statement without an attribute's own name; of a compound one its head."""
    parts: list[ast.AST] = [statement]
    if isinstance(statement, ast.For | ast.AsyncFor):
        parts = [statement.iter]
    elif isinstance(statement, ast.If | ast.While):
        parts = [statement.test]
    elif isinstance(statement, ast.With | ast.AsyncWith):
        parts = [item.context_expr for item in statement.items]
    text = " ".join(module.segment(part) for part in parts)
    return re.sub(rf"\.{attribute}\b", ".it", text) if attribute else text


def outside(
    project: Project, line: Lineage, attribute: str
) -> Iterator[tuple[SourceModule, ast.Attribute, Function | None]]:
    """Every `model.attribute` of the project that is none of the class's own."""
    for path in _mentioning(project).get(attribute, ()):
        module = project.module(path)
        for node in module.attributes.get(attribute, ()) if module is not None else ():
            assert module is not None
            if _own(module, line, node):
                continue
            if isinstance(module.parent(node), ast.Call) and _is_called(module, node):
                continue
            if may_be(project, line, path, node):
                scope = module.enclosing_function(node.lineno)
                yield module, node, scope.node if _plain(scope) else None  # type: ignore[union-attr,misc]


def _mentioning(project: Project) -> dict[str, list[str]]:
    """The files in which something is asked for an attribute, by its name."""
    if "mentioning" not in project.answers:
        found: dict[str, list[str]] = {}
        for path in project.files():
            for name in set(_ATTRIBUTE.findall(project.text(path))):
                found.setdefault(name, []).append(path)
        project.answers["mentioning"] = found
    index: dict[str, list[str]] = project.answers["mentioning"]  # type: ignore[assignment]
    return index


def _own(module: SourceModule, line: Lineage, node: ast.Attribute) -> bool:
    """`self.attribute` in the class or a base, which is asked about by other ways."""
    if not isinstance(node.value, ast.Name) or node.value.id != "self":
        return False
    scope = module.enclosing_class(node.lineno)
    return scope is not None and any(
        scope.qualname == known.facts.qualname for known in line.classes
    )


def _plain(scope: object) -> bool:
    return isinstance(getattr(scope, "node", None), ast.FunctionDef)


def _is_called(module: SourceModule, node: ast.Attribute) -> bool:
    """`tf.gamma(...)`: a function of that name."""
    call = module.parent(node)
    return isinstance(call, ast.Call) and call.func is node and dotted(node) is not None
