"""What of JAX's inside is needed here, and what of it differs between versions.

The other rooms are written for the newest (0.10); which version differs in what is said here.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

OLDEST: Final = "0.4.38"
"""The oldest that the tests were run with. Up to 0.4.35 a trace was no object that one could stand
in for.
"""

NEWEST: Final = "0.10"
"""The newest. What is newer still is observed as long as it has what is needed."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "jax._src.api": ("value_and_grad",),
    "jax._src.core": (
        "Literal", "Primitive", "Trace", "Tracer", "eval_trace", "jaxprs_in_params",
        "set_current_trace", "trace_ctx",
    ),
    "jax._src.dtypes": ("issubdtype",),
    "jax._src.interpreters.ad": ("deflinear2", "primitive_jvps", "standard_jvp", "zero_jvp"),
    "jax._src.interpreters.batching": ("primitive_batchers",),
    "jax._src.interpreters.mlir": ("register_lowering",),
    "jax._src.interpreters.partial_eval": ("DynamicJaxprTrace",),
    "jax._src.pjit": ("_get_fastpath_data", "_pjit_call_impl_python"),
}  # fmt: skip
"""By module, the names without which nothing can be observed."""


def missing() -> str | None:
    """The first of them that this version of JAX does not have."""
    for module, names in NEEDED.items():
        try:
            found = importlib.import_module(module)
        except ImportError:
            return module
        for name in names:
            if not hasattr(found, name):
                return f"{module}.{name}"
    return None


def version() -> str:
    """Which JAX this is."""
    return str(getattr(sys.modules.get("jax"), "__version__", "?"))


def bind(primitive: Any, operands: Sequence[Any], params: Mapping[str, Any]) -> list[Any]:
    """Bind a primitive to its operands, with the parameters that an equation has of it."""
    given = primitive.get_bind_params(params)
    # Up to 0.9 the functions that it calls come first, since then they are one of the parameters.
    functions, rest = given if isinstance(given, tuple) else ((), given)
    answer = primitive.bind(*functions, *operands, **rest)
    return list(answer) if primitive.multiple_results else [answer]


def bind_custom(
    primitive: Any, functions: Sequence[Any], operands: Sequence[Any], params: Mapping[str, Any]
) -> list[Any]:
    """The same for a function with a derivative of its own, which is given with the rest."""
    if _functions_first():
        return list(primitive.bind(*functions, *operands, **params))
    return list(primitive.bind(*operands, subfuns=tuple(functions), **params))


@cache
def _functions_first() -> bool:
    from jax._src.core import Primitive

    return isinstance(Primitive("whygrad_asks").get_bind_params({}), tuple)


def where_written(function: Any) -> str:
    """What JAX says of where a staged or wrapped function is from: `name at file:line`."""
    info = getattr(function, "debug_info", None)
    if info is not None:
        return str(getattr(info, "func_src_info", "") or "")
    # 0.4: a wrapped function says nothing of it, but holds the one that was written.
    written = getattr(function, "f", None)
    code = getattr(written and inspect.unwrap(written), "__code__", None)
    return "" if code is None else f"{code.co_name} at {code.co_filename}:{code.co_firstlineno}"


def name_of(function: Any) -> str:
    """What the person called a function with a derivative of its own."""
    info = getattr(function, "debug_info", None)
    name = getattr(info, "func_name", None) or where_written(function).partition(" at ")[0]
    return str(name or "custom function")
