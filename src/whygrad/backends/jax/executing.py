"""Runs of staged functions in which gradients were asked for.

JAX runs a staged function in C++ without coming back to Python, but for the first time. While we
listen it is told to come back for the functions that hold a mark; they run all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import jax
from jax._src import core, pjit

from whygrad.backends.jax.marks import Found, collect
from whygrad.runtime.patches import Patches


class Listener(Protocol):
    """Who wants to know."""

    active: bool

    def ran(self, found: Mapping[int, Any], keys: tuple[int, ...]) -> None: ...
    def before_run(self) -> None: ...
    def after_run(self) -> None: ...
    def cannot_see(self, sentence: str) -> None: ...
    def fault(self, error: BaseException) -> None: ...


class Executing:
    """Measures what is marked on the same arguments, before the function itself consumes them."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._found = Found()
        self._runners: dict[int, tuple[Any, Callable[..., Any]]] = {}
        self._quiet = False
        self._slow = False

    def install(self, patches: Patches) -> None:
        """Listen until the patches are undone."""
        patches.wrap(pjit, "_pjit_call_impl_python", self._running)
        patches.wrap(pjit, "_get_fastpath_data", self._fast)

    def _fast(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def data(*args: Any, **kwargs: Any) -> Any:
            slow, self._slow = self._slow, False
            return None if slow and self._listener.active else original(*args, **kwargs)

        return data

    def _running(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **params: Any) -> Any:
            listener = self._listener
            if self._quiet or not listener.active:
                return original(*args, **params)
            keys, found = self._before(args, params)
            if not keys:
                return original(*args, **params)
            listener.before_run()
            answer = original(*args, **params)
            if listener.active:
                listener.ran(found, keys)
            listener.after_run()
            # Last, since compiling and measuring have asked for fast paths of their own.
            self._slow = True
            return answer

        return run

    def _before(
        self, args: tuple[Any, ...], params: Mapping[str, Any]
    ) -> tuple[tuple[int, ...], Mapping[int, Any]]:
        try:
            closed = params["jaxpr"]
            keys, deep = self._found.of(closed)
            if deep:
                self._listener.cannot_see(
                    "Gradients inside of a `jax.lax.scan` or `cond` were not measured."
                )
            if not keys:
                return (), {}
            return keys, self._measured(closed, args)
        except Exception as error:
            self._listener.fault(error)
            return (), {}

    def _measured(self, closed: Any, args: tuple[Any, ...]) -> Mapping[int, Any]:
        known = self._runners.get(id(closed))
        if known is None:
            runner = jax.jit(lambda *given: collect(closed, *given))
            known = self._runners[id(closed)] = closed, runner
        with self.quiet():
            found: Mapping[int, Any] = known[1](*args)
        return found

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Run functions of JAX that nobody is told of."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def release(self) -> None:
        """Let go of every function."""
        self._runners.clear()
        self._found = Found()


def at_top() -> bool:
    """Whether values have numbers now: nothing is being staged or differentiated."""
    return bool(core.trace_ctx.trace is core.eval_trace)
