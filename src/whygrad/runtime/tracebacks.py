"""Tracebacks as the person would see them without us: our own frames taken out."""

from __future__ import annotations

import contextlib
import sys
import traceback
from pathlib import Path
from types import TracebackType

from whygrad.runtime.backend import CannotObserveError

_OURS = str(Path(__file__).parent.parent) + "/"
_DISPATCH = frozenset({"handle_torch_function", "__torch_function__"})
"""Frames through which a framework hands its calls to an observer (torch/overrides.py)."""


def without_our_frames(error: BaseException) -> None:
    """Take our frames out of the tracebacks of `error` and of what it was raised from."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        current = todo.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.__traceback__ = _cleaned(current.__traceback__)
        todo += [current.__cause__, current.__context__]
        todo += getattr(current, "exceptions", ())


def _cleaned(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    after_ours = False
    while trace is not None:
        if _is_ours(trace):
            if not after_ours:
                _drop_dispatch(kept)
            after_ours = True
        elif not (after_ours and trace.tb_frame.f_code.co_name in _DISPATCH):
            after_ours = False
            kept.append(trace)
        trace = trace.tb_next
    following: TracebackType | None = None
    for entry in reversed(kept):
        entry.tb_next = following
        following = entry
    return following


def _drop_dispatch(kept: list[TracebackType]) -> None:
    """Drop the detour by which the framework came to us: it calls the same function again."""
    if kept and kept[-1].tb_frame.f_code.co_name == "handle_torch_function":
        kept.pop()
        if kept:
            kept.pop()


def _is_ours(trace: TracebackType) -> bool:
    return trace.tb_frame.f_code.co_filename.startswith(_OURS)


def print_as_python(error: BaseException) -> None:
    """Print an uncaught exception by the script's own `sys.excepthook`, as Python does."""
    if not hasattr(sys, "excepthook"):
        with contextlib.suppress(Exception):
            print("sys.excepthook is missing", file=sys.stderr)
        sys.excepthook = sys.__excepthook__
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException as second:
        # Python's own words, and its own order, for a hook that fails.
        with contextlib.suppress(Exception):
            print("Error in sys.excepthook:", file=sys.stderr)
            second.__context__ = None
            without_our_frames(second)
            traceback.print_exception(second)
            print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(type(error), error, error.__traceback__)
    with contextlib.suppress(Exception):
        sys.stderr.flush()


def fault_line(error: BaseException) -> str:
    """A fault of our own as one sentence that can be put in a bug report."""
    if isinstance(error, CannotObserveError):
        return str(error)
    where = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        where = f" at {Path(frame.f_code.co_filename).name}:{line}"
    text = " ".join(str(error).split())[:300]
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"whygrad itself failed: {said}{where}; your script was not affected"
