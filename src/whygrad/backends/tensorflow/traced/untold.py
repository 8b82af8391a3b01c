"""What can be told of a graph that was traced before anyone looked on."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from whygrad.runtime.callsite import PERSON, Callsites, Line

_GENERATED: Final = "__autograph_generated_file"


def site_of(op: Any, callsites: Callsites) -> int:
    """Where the person's code made an op: TensorFlow keeps the lines of each."""
    library: Line | None = None
    for frame in reversed(list(op.traceback or ())):
        kind = callsites.kind(frame.filename)
        if kind == PERSON:
            return callsites.line(Line(frame.filename, frame.lineno, frame.name), library)
        if kind and library is None:
            library = Line(frame.filename, frame.lineno, frame.name)
    return 0


def origin(frame: FrameType) -> Line | None:
    """What a line of code that AutoGraph wrote was written as by the person."""
    if _GENERATED not in frame.f_code.co_filename:
        return None
    from tensorflow.python.util import tf_stack

    mapper = tf_stack._source_mapper_stacks[tf_stack._get_thread_key()][-1]
    found = mapper.get_effective_source_map().get((frame.f_code.co_filename, frame.f_lineno))
    return None if found is None else Line(*found)


def custom_results(op: Any) -> int | None:
    """How many results a function with its own gradient had, where `op` stands for one: the first
    of what goes through the op are its results, the others its arguments (TensorFlow 2.16 to 2.21).
    """
    from tensorflow.python.framework import ops

    try:
        gradient = ops.get_gradient_function(op)
    except LookupError:
        return None
    inner = _captured(gradient, "tape_grad_fn")
    results = None if inner is None else _captured(inner, "flat_result_len")
    return results if isinstance(results, int) else None


def _captured(function: Callable[..., Any], name: str) -> Any:
    code = getattr(function, "__code__", None)
    if code is None or name not in code.co_freevars:
        return None
    return function.__closure__[code.co_freevars.index(name)].cell_contents  # type: ignore[index]
