"""A primitive that does nothing, put around values of a staged function that are to be found again.

It lowers to its operand, so what is compiled is what would have been compiled without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jax._src import core
from jax._src.interpreters import ad, batching, mlir
from jax._src.interpreters import partial_eval as pe

from whygrad.backends.jax.inside import body_of, opened
from whygrad.backends.jax.versions import bind

PRIMITIVE = core.Primitive("whygrad")
PRIMITIVE.def_impl(lambda x, *, mark: x)
PRIMITIVE.def_abstract_eval(lambda x, *, mark: x)
ad.deflinear2(PRIMITIVE, lambda cotangent, _, *, mark: [cotangent])
batching.primitive_batchers[PRIMITIVE] = lambda xs, dims, *, mark: (xs[0], dims[0])
mlir.register_lowering(PRIMITIVE, lambda ctx, x, *, mark: [x])


def staging() -> bool:
    """Whether JAX is staging a function right now, and nothing else around it."""
    return isinstance(core.trace_ctx.trace, pe.DynamicJaxprTrace)


def marked(value: Any, key: int) -> Any:
    """The value, to be found again by `key` in the function that is being staged."""
    return PRIMITIVE.bind(value, mark=key)


class Found:
    """The marks of staged functions, looked up once for each."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, tuple[int, ...], bool]] = {}

    def of(self, closed: Any) -> tuple[tuple[int, ...], bool]:
        """Keys in the order in which the function makes them, and whether some cannot be had."""
        known = self._known.get(id(closed))
        if known is None or known[0] is not closed:
            keys, deep = _search(closed.jaxpr)
            known = self._known[id(closed)] = closed, tuple(keys), deep
        return known[1], known[2]


def _search(jaxpr: Any) -> tuple[list[int], bool]:
    keys: list[int] = []
    deep = False
    for eqn in jaxpr.eqns:
        if eqn.primitive is PRIMITIVE:
            keys.append(eqn.params["mark"])
            continue
        body = body_of(eqn)
        if body is not None:
            inner, below = _search(body)
            keys += inner
            deep |= below
            continue
        for inner_jaxpr in core.jaxprs_in_params(eqn.params):
            inner, below = _search(inner_jaxpr)
            deep |= bool(inner) or below
    return keys, deep


def collect(closed: Any, *args: Any) -> Mapping[int, Any]:
    """Run a staged function for what is marked in it. To be staged: most of it is then dropped."""
    found: dict[int, Any] = {}
    _run(closed.jaxpr, closed.consts, args, found)
    return found


def _run(jaxpr: Any, consts: Any, args: Any, found: dict[int, Any]) -> list[Any]:
    env: dict[Any, Any] = dict(zip(jaxpr.constvars, consts, strict=True))
    env.update(zip(jaxpr.invars, args, strict=True))

    def read(var: Any) -> Any:
        return var.val if isinstance(var, core.Literal) else env[var]

    for eqn in jaxpr.eqns:
        inputs = [read(var) for var in eqn.invars]
        if eqn.primitive is PRIMITIVE:
            found[eqn.params["mark"]] = inputs[0]
            outputs = inputs
        elif eqn.primitive.name in ("jit", "pjit") and _has_marks(eqn):
            inner = eqn.params["jaxpr"]
            outputs = _run(inner.jaxpr, inner.consts, inputs, found)
        else:
            with eqn.ctx.manager:
                outputs = bind(eqn.primitive, inputs, eqn.params)
        env.update(zip(eqn.outvars, outputs, strict=True))
    return [read(var) for var in jaxpr.outvars]


def _has_marks(eqn: Any) -> bool:
    return bool(_search(opened(eqn.params["jaxpr"]))[0])


def keys_in(found: Mapping[int, Any]) -> Iterator[int]:
    """What was found."""
    yield from found
