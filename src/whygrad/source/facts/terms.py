"""From an expression to a term: what it is made of, with the function's own names looked up."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Final, NamedTuple

from whygrad.source.expressions import dotted
from whygrad.source.facts.model import UNKNOWN, Span, Term

_DEEPEST: Final = 8
"""Terms nest no deeper: what a person writes rarely does, and generated code must not hurt."""
_MOST: Final = 24
"""Parts of one term; the rest of a long table is like its beginning or nothing to us."""
_BUDGET: Final = 400
"""Terms made for one expression: names made of names made of names can double at every step."""

_DISPLAYS: Final[dict[type[ast.AST], str]] = {
    ast.List: "list",
    ast.Tuple: "tuple",
    ast.Set: "set",
}
_COMPREHENSIONS: Final[dict[type[ast.AST], str]] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.GeneratorExp: "generator",
    ast.DictComp: "dict",
}


_FLAGS: Final = {"requires_grad", "trainable", "dtype", "persistent"}
_KEEPS: Final = {
    "Parameter", "Buffer", "Variable", "list", "tuple", "dict", "set", "OrderedDict", "deque",
    "deepcopy", "copy", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "Sequential",
    "requires_grad_", "zip", "enumerate", "reversed", "sorted", "chain", "filter", "map", "iter",
}  # fmt: skip
"""Calls whose result is what they are given, or holds it."""
OPERATES: Final = {
    "cast", "transpose", "reshape", "expand_dims", "squeeze", "identity", "multiply", "add", "exp",
    "tanh", "sigmoid", "softplus", "softmax", "relu", "tile", "concat", "concatenate", "stack",
    "subtract", "divide", "abs", "square", "sqrt", "normalize", "l2_normalize", "clip_by_value",
    "clip", "matmul", "convert_to_tensor", "broadcast_to", "repeat", "swapaxes", "log", "maximum",
    "minimum", "reduce_mean", "reduce_sum", "pow", "scalar_mul", "asarray",
}  # fmt: skip
"""Functions whose result is a new tensor, computed from what they are given."""
_SIMPLE: Final = {
    ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript,
    ast.JoinedStr,
}  # fmt: skip


class Growth(NamedTuple):
    """`layers.append(x)`, `heads[k] = x`: how a name's container grows, and by what."""

    how: str
    value: ast.expr


class Names:
    """What one function does with its plain names. Filled by the scan of its statements."""

    __slots__ = (
        "arguments",
        "assigned",
        "budget",
        "flags",
        "grown",
        "hidden",
        "imports",
        "iterated",
        "owner",
    )

    def __init__(self, owner: str, arguments: frozenset[str], hidden: frozenset[str]) -> None:
        """`hidden` are the names of functions around this one."""
        self.owner = owner
        self.budget = 0
        self.arguments = arguments
        self.hidden = hidden
        self.assigned: dict[str, list[ast.expr | None]] = {}
        """None stands for a value that cannot be seen, e.g. of an unpacking."""
        self.iterated: dict[str, ast.expr] = {}
        self.grown: dict[str, list[Growth]] = {}
        self.flags: dict[str, ast.expr] = {}
        """What is given to `requires_grad` of a name."""
        self.imports: dict[str, str] = {}

    def bind(self, name: str, value: ast.expr | None) -> None:
        """Note one more value of a name."""
        self.assigned.setdefault(name, []).append(value)

    def binds(self, name: str) -> bool:
        """Whether a name is this function's or of one around it, and so is no global."""
        return (
            name in self.assigned
            or name in self.iterated
            or name in self.hidden
            or name in self.arguments
        )

    def bound(self) -> frozenset[str]:
        """All such names."""
        return self.arguments | self.assigned.keys() | self.iterated.keys() | self.hidden


_ARGUMENT: Final = Term("argument")
_SPREAD: Final = Term("spread", "", (UNKNOWN,))


@lru_cache(maxsize=2048)
def _constant(text: str) -> Term:
    return Term("constant", text)


_Loops = dict[str, ast.expr]


def term_of(node: ast.expr | None, names: Names) -> Term:
    """The term of an expression."""
    names.budget = _BUDGET
    return _term(node, names, {}, 0, frozenset())


def _term(
    node: ast.expr | None, names: Names, loops: _Loops, depth: int, asked: frozenset[str]
) -> Term:
    names.budget -= 1
    if node is None or depth > _DEEPEST or names.budget < 0:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        return _constant(repr(node.value)[:40])
    if isinstance(node, ast.Name):
        return _name(node, names, loops, depth, asked)
    if isinstance(node, ast.Attribute):
        return _attribute(node, names, loops)

    def inner(part: ast.expr | None) -> Term:
        return _term(part, names, loops, depth + 1, asked)

    if isinstance(node, ast.Call):
        return _call(node, names, loops, depth, asked)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        parts = tuple(inner(e) for e in node.elts[:_MOST])
        return Term(_DISPLAYS[type(node)], "", parts)
    if isinstance(node, ast.Dict):
        text = all(_is_text(k) for k in node.keys)
        parts = tuple(
            inner(v) if k is not None else Term("spread", "", (inner(v),))
            for k, v in zip(node.keys[:_MOST], node.values, strict=False)
        )
        return Term("dict", "text" if text else "", parts)
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        return _comprehension(node, names, loops, depth, asked)
    if isinstance(node, ast.IfExp):
        return Term("either", "", (inner(node.body), inner(node.orelse)))
    if isinstance(node, ast.BoolOp):
        return Term("either", "", tuple(inner(v) for v in node.values[:_MOST]))
    if isinstance(node, ast.BinOp):
        parts = (inner(node.left), inner(node.right))
        return Term("operation", type(node.op).__name__, parts)
    if isinstance(node, ast.UnaryOp):
        return Term("operation", type(node.op).__name__, (inner(node.operand),))
    if isinstance(node, ast.Subscript):
        return Term("element", "", (inner(node.value),))
    if isinstance(node, ast.Starred):
        return Term("spread", "", (inner(node.value),))
    if isinstance(node, ast.NamedExpr):
        return inner(node.value)
    return UNKNOWN


def _name(node: ast.Name, names: Names, loops: _Loops, depth: int, asked: frozenset[str]) -> Term:
    name = node.id
    if name in loops:
        over = _term(loops[name], names, {}, depth + 1, asked)
        return Term("element", "", (over,))
    if name == names.owner:
        return Term("self", "")
    if name in asked:
        return UNKNOWN
    values = names.assigned.get(name, [])
    if name in names.iterated and not values:
        over = _term(names.iterated[name], names, {}, depth + 1, asked | {name})
        return Term("element", "", (over,))
    if values:
        asked |= {name}
        terms = [_term(v, names, {}, depth + 1, asked) for v in values[:_MOST]]
        if name in names.arguments:
            terms.append(_ARGUMENT)
        if name in names.grown:
            terms = [_grown(t, names, name, depth, asked) for t in terms]
        term = terms[0] if len(terms) == 1 else Term("either", name, tuple(terms))
        return _flagged(term, names.flags[name], names) if name in names.flags else term
    if name in names.imports:
        return Term("global", names.imports[name])
    if name in names.arguments:
        return _ARGUMENT
    return Term("unknown" if name in names.hidden else "global", name)


def _flagged(term: Term, flag: ast.expr, names: Names) -> Term:
    """`w.requires_grad = True` further on is as good as `w.requires_grad_()`."""
    return Term("method", "requires_grad_", (term, _term(flag, names, {}, 0, frozenset())))


def _grown(term: Term, names: Names, name: str, depth: int, asked: frozenset[str]) -> Term:
    """A container with what is put into it later; anything else is as it was."""
    if term.kind not in ("list", "dict", "set", "call"):
        return term
    more = [
        grown_by(growth, _term(growth.value, names, {}, depth + 1, asked))
        for growth in names.grown[name][:_MOST]
    ]
    return term._replace(parts=(*term.parts, *more)) if term.kind != "call" else term


def grown_by(growth: Growth, value: Term) -> Term:
    """What a container gets by one growth: the value itself, or what is in it."""
    whole = growth.how in ("extend", "update", "augmented")
    return Term("spread", "", (value,)) if whole else value


def _attribute(node: ast.Attribute, names: Names, loops: _Loops) -> Term:
    text = dotted(node)
    if text is None:
        return UNKNOWN
    first, _, rest = text.partition(".")
    if first == names.owner:
        return Term("own", rest)
    if first in names.imports and first not in names.assigned:
        return Term("global", f"{names.imports[first]}.{rest}")
    if first in loops:
        return UNKNOWN
    if first in names.arguments:
        # `config.hidden_size`: half of all stores are these.
        return _ARGUMENT
    return UNKNOWN if names.binds(first) else Term("global", text)


def _call(node: ast.Call, names: Names, loops: _Loops, depth: int, asked: frozenset[str]) -> Term:
    def inner(part: ast.expr) -> Term:
        return _term(part, names, loops, depth + 1, asked)

    function = node.func
    callee = inner(function)
    name = function.attr if isinstance(function, ast.Attribute) else callee.name
    given: list[Term] = []
    for argument in node.args[:_MOST]:
        given.append(inner(argument) if _tells(name, argument) else UNKNOWN)
    for keyword in node.keywords[:_MOST]:
        if keyword.arg is None:
            given.append(_SPREAD)
        elif keyword.arg in _FLAGS or _tells(name, keyword.value):
            given.append(Term("keyword", keyword.arg, (inner(keyword.value),)))
    while given and given[-1] is UNKNOWN:
        given.pop()
    parts = tuple(given)
    if callee.kind == "global":
        return Term("call", callee.name, parts)
    if callee.kind == "own" and "." not in callee.name:
        return Term("call", f"self.{callee.name}", parts)
    if isinstance(function, ast.Attribute):
        return Term("method", function.attr, (inner(function.value), *parts))
    return Term("call", "?", (callee, *parts))


def _tells(callee: str, argument: ast.expr) -> bool:
    """Whether an argument may say what the call's result holds: sizes of a layer do not."""
    if type(argument) in _SIMPLE:
        last = callee.rpartition(".")[2]
        return last in _KEEPS or last in OPERATES
    return True


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    names: Names,
    loops: _Loops,
    depth: int,
    asked: frozenset[str],
) -> Term:
    own = dict(loops)
    for generator in node.generators:
        for target in ast.walk(generator.target):
            if isinstance(target, ast.Name):
                own[target.id] = generator.iter
    made = node.value if isinstance(node, ast.DictComp) else node.elt
    text = isinstance(node, ast.DictComp) and _is_text(node.key)
    parts = (_term(made, names, own, depth + 1, asked),)
    kind = _COMPREHENSIONS[type(node)]
    return Term(kind, "for text" if text else "for", parts)


def span_of(node: ast.expr | ast.stmt) -> Span:
    """The place of a node, as `ast` counts."""
    return Span(
        node.lineno,
        node.col_offset,
        node.end_lineno or node.lineno,
        node.end_col_offset or node.col_offset,
    )


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
