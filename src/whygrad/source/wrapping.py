"""Edits that hand a value to the framework: as a parameter, or in a container that it tracks."""

from __future__ import annotations

import ast

from whygrad.model.source import Edit, SourceLocation
from whygrad.source.expressions import argument_of, constant_text, dotted, keyword_of
from whygrad.source.imports import Spelling, meaning, spelled
from whygrad.source.module import SourceModule
from whygrad.source.reserved import RESERVED
from whygrad.source.splice import Edits, checked, replace, rewritten, without_argument

PARAMETER = "torch.nn.Parameter"


def make_parameter(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`self.w = torch.randn(3, requires_grad=True)` to `self.w = nn.Parameter(torch.randn(3))`."""
    value = assigned(module, place)
    if value is None or parameter_calls(module, value):
        return None
    if isinstance(value, ast.Tuple | ast.List | ast.Dict | ast.Set | ast.Constant | ast.Lambda):
        return None
    branches = _branches(value)
    texts = [_plain_tensor(module, branch) for branch in branches]
    spelling = spelled(module, PARAMETER, place.line)
    changes = [
        replace(module, branch, f"{spelling.text}({_bare(text)})")
        for branch, text in zip(branches, texts, strict=True)
        if text is not None
    ]
    return _done(module, spelling, *changes) if changes and None not in texts else None


def _branches(value: ast.expr) -> list[ast.expr]:
    """`t if flag else None`: those that hold something, each to be wrapped by itself."""
    if isinstance(value, ast.IfExp):
        return [*_branches(value.body), *_branches(value.orelse)]
    return [] if isinstance(value, ast.Constant) and value.value is None else [value]


def _bare(text: str) -> str:
    """Without parentheses around all of it: those of the call do as well."""
    inner = text[1:-1].strip()
    if not text.startswith("(") or "\n" in inner:
        return text
    try:
        node = ast.parse(inner, mode="eval").body
    except SyntaxError:
        return text
    return text if isinstance(node, ast.Tuple | ast.GeneratorExp | ast.NamedExpr) else inner


def buffer_to_parameter(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`self.register_buffer("w", t)`, or `self.w = nn.Buffer(t)`, to `self.w = nn.Parameter(t)`."""
    statement = module.statement_of(place)
    if isinstance(statement, ast.Assign):
        return _buffer_made(module, statement)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    name, value = constant_text(argument_of(call, 0, "name")), argument_of(call, 1, "tensor")
    if call.func.attr != "register_buffer" or name is None or value is None:
        return None
    text = _plain_tensor(module, value)
    if not name.isidentifier() or text is None or isinstance(value, ast.Constant):
        return None
    spelling = spelled(module, PARAMETER, place.line)
    owner = module.segment(call.func.value)
    new = f"{owner}.{name} = {spelling.text}({text})"
    return _done(module, spelling, replace(module, call, new))


def _buffer_made(module: SourceModule, statement: ast.Assign) -> Edits | None:
    call = statement.value
    if not isinstance(call, ast.Call) or not call.args:
        return None
    name = dotted(call.func)
    full = meaning(module, name, call.lineno) or name or ""
    text = _plain_tensor(module, call.args[0])
    if full.rpartition(".")[2] != "Buffer" or text is None:
        return None
    spelling = spelled(module, PARAMETER, call.lineno)
    return _done(module, spelling, replace(module, call, f"{spelling.text}({text})"))


def move_inside_parameter(module: SourceModule, place: SourceLocation) -> Edits | None:
    """`nn.Parameter(x).to(d) * 0.02` to `nn.Parameter(x.to(d) * 0.02)`."""
    value = assigned(module, place)
    if value is None:
        return None
    calls = parameter_calls(module, value)
    if len(calls) != 1 or calls[0] is value:
        return None
    call = calls[0]
    inner = argument_of(call, 0, "data")
    if inner is None or isinstance(inner, ast.Starred):
        return None
    text = module.segment(inner)
    if call is not value and not _binds_tightly(inner):
        text = f"({text})"
    outer = rewritten(module, value, [replace(module, call, text)])
    flag = keyword_of(call, "requires_grad") or (call.args[1] if len(call.args) > 1 else None)
    more = f", requires_grad={module.segment(flag)}" if flag is not None else ""
    new = f"{module.segment(call.func)}({outer}{more})"
    return checked(module, [replace(module, value, new)])


def track_container(
    module: SourceModule,
    place: SourceLocation,
    kind: str | None = None,
    *,
    holds: str = "Module",
    text_keys: bool = False,
) -> Edits | None:
    """`self.layers = [...]` to `self.layers = nn.ModuleList([...])`.

    `holds` is `Module` or `Parameter`. `kind` (`List` or `Dict`) tells what a value is that the
    source does not show; `text_keys` that the keys of a dict are known to be strings.
    """
    value = assigned(module, place)
    if value is None:
        return None
    shape = _shape(value) or kind
    if shape is None or (shape == "Dict" and not (text_keys or _keys_are_text(value))):
        return None
    spelling = spelled(module, f"torch.nn.{holds}{shape}", place.line)
    text = _container_text(module, value, spelling.text, shape)
    if text is None:
        return None
    return _done(module, spelling, replace(module, value, text))


def assigned(module: SourceModule, place: SourceLocation) -> ast.expr | None:
    """The right-hand side of the assignment at a place; the part for one of several targets
    only where the place itself says which.
    """
    statement = module.statement_of(place)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        value = statement.value
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        value = call.args[2] if dotted(call.func) == "setattr" and len(call.args) == 3 else None
    else:
        return None
    if isinstance(value, ast.Tuple) and isinstance(statement, ast.Assign):
        if any(isinstance(t, (ast.Tuple, ast.List)) for t in statement.targets):
            exact = module.expression_at(place)
            return next((e for e in value.elts if e is exact), None)
    elif isinstance(statement, ast.Assign) and any(
        isinstance(t, (ast.Tuple, ast.List)) for t in statement.targets
    ):
        return None
    return value


def local_value(module: SourceModule, value: ast.expr | None) -> ast.expr | None:
    """What a local name was given, where that is all it ever is; any other expression as it is."""
    scope = module.enclosing_function(value.lineno) if isinstance(value, ast.Name) else None
    if not isinstance(value, ast.Name) or scope is None:
        return value
    nodes = [n for n in ast.walk(scope.node) if isinstance(n, ast.Name) and n.id == value.id]
    bound = [n for n in nodes if not isinstance(n.ctx, ast.Load)]
    given = any(isinstance(n, ast.arg) and n.arg == value.id for n in ast.walk(scope.node))
    assign = module.parent(bound[0]) if len(bound) == 1 and not given else None
    if not isinstance(assign, ast.Assign | ast.AnnAssign) or assign.value is None:
        return value
    if isinstance(assign, ast.Assign) and assign.targets != bound:
        return value
    outer: ast.AST | None = module.statement_at(value.lineno, module.start(value)[1])
    block = module.block_of(assign)
    while outer is not None and outer is not scope.node:
        if any(outer is statement for statement in block):
            return assign.value
        outer = module.parent(outer)
    return value


def parameter_calls(module: SourceModule, value: ast.expr) -> list[ast.Call]:
    """The calls of `nn.Parameter` in an expression."""
    found = []
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            full = meaning(module, name, node.lineno) or name or ""
            if full.rpartition(".")[2] == "Parameter" or (name or "").endswith("Parameter"):
                found.append(node)
    return found


def _plain_tensor(module: SourceModule, value: ast.expr) -> str | None:
    """The text of a tensor without its own `requires_grad`; None where it may be no tensor."""
    if isinstance(value, ast.Call):
        name = dotted(value.func) or ""
        full = meaning(module, name, value.lineno) or name
        if full.split(".")[0] in ("numpy", "np", "math", "random"):
            return None
        if full.rpartition(".")[2] == "Variable" and value.args:
            return _plain_tensor(module, value.args[0])
        if isinstance(value.func, ast.Attribute) and value.func.attr == "requires_grad_":
            flag = argument_of(value, 0, "requires_grad")
            if flag is None or (isinstance(flag, ast.Constant) and flag.value is True):
                return base_text(module, value.func)
            return None
        flag = keyword_of(value, "requires_grad")
        if isinstance(flag, ast.Constant) and flag.value is True:
            edit = without_argument(module, value, "requires_grad")
            return rewritten(module, value, [edit]) if edit is not None else None
        if flag is not None:
            return None
    return module.segment(value)


def base_text(module: SourceModule, node: ast.Attribute) -> str:
    """What stands before the dot, with its parentheses: `(a + b)` of `(a + b).detach`."""
    start, end = module.start(node), module.end(node)
    text = module.between(start, end)
    return text[: len(text) - len(node.attr)].rstrip().removesuffix(".").rstrip(" \t\r\n\\")


def _binds_tightly(node: ast.expr) -> bool:
    return isinstance(
        node,
        (ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.ListComp),
    ) or (isinstance(node, ast.Constant) and not isinstance(node.value, (int, float)))


def _shape(value: ast.expr) -> str | None:
    if isinstance(value, (ast.List, ast.Tuple, ast.ListComp, ast.GeneratorExp)):
        return "List"
    if isinstance(value, (ast.Dict, ast.DictComp)):
        return "Dict"
    if isinstance(value, ast.Call):
        return {"list": "List", "tuple": "List", "dict": "Dict", "OrderedDict": "Dict"}.get(
            (dotted(value.func) or "").rpartition(".")[2]
        )
    return None


def _keys_are_text(value: ast.expr) -> bool:
    if isinstance(value, ast.Dict):
        return all(key is not None and _is_text(key) and _may_name(key) for key in value.keys)
    if isinstance(value, ast.DictComp):
        return _is_text(value.key)
    # `dict(a=..., b=...)`
    if not isinstance(value, ast.Call) or value.args:
        return False
    return all(k.arg is not None and k.arg not in RESERVED for k in value.keywords)


def _may_name(key: ast.expr) -> bool:
    """Whether `nn.ModuleDict` takes it for a key, which is also a name of what it holds."""
    if not isinstance(key, ast.Constant):
        return True
    return bool(key.value) and "." not in str(key.value) and key.value not in RESERVED


def _is_text(key: ast.expr) -> bool:
    if isinstance(key, ast.Call):
        return dotted(key.func) == "str"
    return isinstance(key, ast.JoinedStr) or constant_text(key) is not None


def _container_text(module: SourceModule, value: ast.expr, name: str, shape: str) -> str | None:
    if isinstance(value, (ast.List, ast.Tuple)) and not value.elts:
        return f"{name}()"
    if isinstance(value, ast.Dict) and not value.keys:
        return f"{name}()"
    if isinstance(value, ast.Call) and not value.args and not value.keywords:
        return f"{name}()"
    inner: list[Edit] = []
    elements: list[ast.expr] = []
    if isinstance(value, (ast.List, ast.Tuple)):
        elements = value.elts
    elif isinstance(value, ast.ListComp | ast.GeneratorExp):
        elements = [value.elt]
    elif isinstance(value, ast.Dict):
        elements = value.values
    elif isinstance(value, ast.DictComp):
        elements = [value.value]
    for element in elements:
        nested = _shape(element) if not isinstance(element, ast.Call) else None
        if nested is not None:
            # A list in a list: the inner one has to be tracked as well.
            if nested == "Dict" and not _keys_are_text(element):
                return None
            other = name.removesuffix(shape) + nested
            text = _container_text(module, element, other, nested)
            if text is None:
                return None
            inner.append(replace(module, element, text))
    text = rewritten(module, value, inner)
    if isinstance(value, ast.Tuple) and text is not None and not text.startswith("("):
        text = f"[{text}]"
    if isinstance(value, ast.GeneratorExp) and text is not None:
        text = text[1:-1]
    return f"{name}({text})" if text is not None else None


def _done(module: SourceModule, spelling: Spelling, *edits: Edit) -> Edits | None:
    return checked(module, [e for e in (spelling.edit, *edits) if e is not None])
