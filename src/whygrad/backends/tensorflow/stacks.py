"""Keeps our own frames out of the stacks that TensorFlow keeps of each op in a graph.

It shows them where an op fails, and a script must fail in the same words with and without us.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_OWN = Path(__file__).resolve().parents[2]


class HiddenFrames:
    """Stands at the bottom of TensorFlow's stack filters of one thread; see `tf_stack` (2.21)."""

    def __init__(self) -> None:
        self._put: tuple[list[Any], Any, Any] | None = None

    def open(self) -> None:
        """Begin to filter, in the thread that calls."""
        from tensorflow.python.util import tf_stack

        class Filter(tf_stack.StackTraceFilter):  # type: ignore[misc]
            def get_filtered_filenames(self) -> frozenset[str]:
                return _files()

        stack = tf_stack._source_filter_stacks[tf_stack._get_thread_key()]
        ours = Filter()
        ours.update()
        self._put = stack, stack[0], ours
        stack[0] = ours

    def close(self) -> None:
        """Leave it as it was."""
        if self._put is not None:
            (stack, before, ours), self._put = self._put, None
            if stack and stack[0] is ours:
                stack[0] = before


def _files() -> frozenset[str]:
    return frozenset(str(path) for path in _OWN.rglob("*.py"))
