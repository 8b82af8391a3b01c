"""Forward data flow of names in one scope: which names may hold a value, before each statement.

Branches join, loops run until nothing is added, an assignment of something else ends a name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Set
from typing import Final

from whygrad.source.expressions import own_nodes
from whygrad.source.keys import (
    Chain,
    Comprehension,
    Key,
    State,
    chain_into,
    inside_comprehension,
    key_of,
    pairs,
    text_of,
)
from whygrad.source.module import Scope
from whygrad.source.variables import imported_names, local_names, parameters

_MUTATES: Final = {
    "append", "extend", "insert", "add", "update", "appendleft", "extendleft", "setdefault",
    "put", "push", "store", "record", "collect",
}  # fmt: skip
_LOGS: Final = {
    "info", "debug", "warning", "error", "exception", "critical", "log", "write", "print",
    "add_scalar", "add_scalars", "set_postfix", "set_description", "log_metric", "log_metrics",
    "track", "report", "emit", "send", "echo", "set_postfix_str", "writerow", "log_dict",
}  # fmt: skip
"""Methods that take a number and give nothing back to the program."""

_ROUNDS: Final = 12


class Taint:
    """Runs through one scope. `before` says what is known before each statement runs."""

    def __init__(
        self,
        scope: Scope,
        source: ast.AST | None = None,
        *,
        initial: Mapping[Key, Chain] | None = None,
        sticky: bool = False,
        result: bool = True,
        touched: Mapping[Key, Chain] | None = None,
        stops: Set[int] = frozenset(),
    ) -> None:
        """Take `source` as the expression that holds the value (with `result`), `initial` as
        names that hold it from the start (for good, with `sticky`), and `touched` as names that
        hold it once the statement of `source` has run. `stops` are the ids of expressions
        that hand nothing on.
        """
        self.scope = scope
        self.source = source
        self.before: dict[int, State] = {}
        self.ever: State = {}
        self.returned: Chain | None = None
        self._result = result
        self._stops = stops
        self._touched = dict(touched or {})
        self._sticky = set(initial or {}) if sticky else set()
        self._grown: set[Key] = set()
        self._parameters = set(parameters(scope))
        self._locals = local_names(scope)
        self._imported = imported_names(scope)
        state: State = dict(initial or {})
        for _ in range(_ROUNDS):
            self._block(_body(scope), dict(state))
            # What outlives a call is still there at the next one.
            new = {k: c for k, c in self.escaping.items() if k not in state}
            if not new:
                break
            state.update(new)

    @property
    def escaping(self) -> State:
        """The names by which a caller, or a later call, can see the value."""
        return {k: c for k, c in self.ever.items() if self._outlives(k)}

    def chain(self, node: ast.AST | None, state: State) -> Chain | None:
        """How the value comes into an expression, given what the names hold."""
        return chain_into(node, state, self.source, inside=self._result, stops=self._stops)

    def inside(self, node: Comprehension, state: State) -> State:
        """What the names hold inside a comprehension."""
        return inside_comprehension(node, state, self.chain)

    def _outlives(self, key: Key) -> bool:
        if isinstance(self.scope.node, ast.Module):
            return False
        if key[0] in self._parameters:
            return len(key) > 1 or key in self._grown
        return key[0] not in self._locals

    # -- statements, by what they do to names

    def _block(self, block: Iterable[ast.stmt], state: State) -> State:
        for statement in block:
            state = self._statement(statement, state)
        return state

    def _statement(self, node: ast.stmt, state: State) -> State:
        known = self.before.setdefault(id(node), {})
        known.update((k, c) for k, c in state.items() if k not in known)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return state
        parts = list(own_nodes(node))
        self._effects(node, parts, state)
        if isinstance(node, ast.If):
            state = self._branches(node, state)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            state = self._loop(node, state)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    self._bind(item.optional_vars, item.context_expr, state)
            state = self._block(node.body, state)
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            state = self._try(node, state)
        elif isinstance(node, ast.Match):
            state = self._match(node, state)
        else:
            self._simple(node, state)
        if self._touched and self.source is not None and any(p is self.source for p in parts):
            for key, chain in self._touched.items():
                self._hold(key, chain, state, grown=True)
        return state

    def _simple(self, node: ast.stmt, state: State) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value, state)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._bind(node.target, node.value, state)
        elif isinstance(node, ast.AugAssign):
            chain = self.chain(node.value, state)
            if chain is not None:
                self._store(node.target, chain, state)
        elif isinstance(node, ast.Return):
            self._returns(self.chain(node.value, state))
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._forget(key_of(target), state)

    def _branches(self, node: ast.If, state: State) -> State:
        """An `if` with its `elif`s: a chain of them is deep in the tree, so walk, don't recurse."""
        ends: list[State] = []
        while True:
            ends.append(self._block(node.body, dict(state)))
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                node = node.orelse[0]
                known = self.before.setdefault(id(node), {})
                known.update((k, c) for k, c in state.items() if k not in known)
                self._effects(node, list(own_nodes(node)), state)
                continue
            ends.append(self._block(node.orelse, dict(state)))
            return _joined(ends)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, state: State) -> State:
        for _ in range(_ROUNDS):
            inner = dict(state)
            if not isinstance(node, ast.While):
                self._bind(node.target, node.iter, inner, iterates=True)
            after = self._block(node.body, inner)
            new = after.keys() - state.keys()
            state = _joined((state, after))
            if not new:
                break
            # The header of the next round sees what this round left.
            known = self.before[id(node)]
            known.update((k, c) for k, c in state.items() if k not in known)
            self._effects(node, list(own_nodes(node)), state)
        return self._block(node.orelse, state)

    def _try(self, node: ast.stmt, state: State) -> State:
        body = self._block(getattr(node, "body", ()), dict(state))
        start = _joined((state, body))
        ends = [self._block(getattr(node, "orelse", ()), dict(body))]
        for handler in getattr(node, "handlers", ()):
            ends.append(self._block(handler.body, dict(start)))
        return self._block(getattr(node, "finalbody", ()), _joined(ends))

    def _match(self, node: ast.Match, state: State) -> State:
        chain = self.chain(node.subject, state)
        ends = [state]
        for case in node.cases:
            inner = dict(state)
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if isinstance(name, str) and chain is not None:
                    self._hold((name,), (*chain, (name, node.lineno)), inner)
            ends.append(self._block(case.body, inner))
        return _joined(ends)

    # -- what an expression does to names besides giving a value

    def _effects(self, node: ast.stmt, parts: list[ast.AST], state: State) -> None:
        for part in parts:
            if isinstance(part, ast.NamedExpr):
                chain = self.chain(part.value, state)
                if chain is not None:
                    self._store(part.target, chain, state)
            elif isinstance(part, (ast.Yield, ast.YieldFrom)):
                self._returns(self.chain(part.value, state))
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                alone = isinstance(node, ast.Expr) and node.value is part
                self._method(part, part.func, alone, state)

    def _method(self, call: ast.Call, func: ast.Attribute, alone: bool, state: State) -> None:
        """`losses.append(v)`: the object now holds the value."""
        in_place = func.attr.endswith("_") and not func.attr.endswith("__")
        if func.attr in _LOGS or not (alone or in_place or func.attr in _MUTATES):
            return
        key = key_of(func.value)
        if key is None or key[0] in self._imported or (len(key) == 1 and key[0] in ("self", "cls")):
            return
        for argument in (*call.args, *(k.value for k in call.keywords)):
            chain = self.chain(argument, state)
            if chain is not None:
                hop = (text_of(key), call.lineno)
                self._hold(key, (*chain, hop), state, grown=True)
                return

    def _returns(self, chain: Chain | None) -> None:
        if chain is not None and self.returned is None:
            self.returned = chain

    # -- names

    def _bind(
        self, target: ast.expr, value: ast.expr | None, state: State, *, iterates: bool = False
    ) -> None:
        parts = list(pairs(target, value, iterates=iterates))
        chains = [self.chain(part, state) for _, part in parts]
        for (name, _), chain in zip(parts, chains, strict=True):
            if chain is None:
                self._forget(key_of(name), state)
            else:
                self._store(name, chain, state, fresh=True)

    def _store(self, target: ast.expr, chain: Chain, state: State, *, fresh: bool = False) -> None:
        key = key_of(target)
        grown = False
        if key is None and isinstance(target, ast.Subscript):
            # `out[i] = v`: something in `out`, nobody knows which.
            key, grown = key_of(target.value), True
        if key is None:
            return
        if fresh and not grown:
            self._forget(key, state)
        if not chain or chain[-1][0] != text_of(key):
            chain = (*chain, (text_of(key), target.lineno))
        self._hold(key, chain, state, grown=grown)

    def _hold(self, key: Key, chain: Chain, state: State, *, grown: bool = False) -> None:
        state.setdefault(key, chain)
        self.ever.setdefault(key, chain)
        if grown:
            self._grown.add(key)

    def _forget(self, key: Key | None, state: State) -> None:
        if key is None:
            return
        for known in [k for k in state if k[: len(key)] == key and k not in self._sticky]:
            del state[known]


def _body(scope: Scope) -> list[ast.stmt]:
    body = scope.node.body
    return body if isinstance(body, list) else []


def _joined(states: Iterable[State]) -> State:
    joined: State = {}
    for state in states:
        for key, chain in state.items():
            joined.setdefault(key, chain)
    return joined
