"""Listens to the primitives of one function, between it and whatever differentiates it.

JAX binds every primitive to the trace that is current (0.10: also one without any traced operand).
This trace hands each on to the one beneath it and gives back the very objects that came of it, so
the function meets the same values as without us, and nothing of ours can leak out of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from jax._src import core

from whygrad.backends.jax.records import Act, of_custom
from whygrad.backends.jax.tape import Tape
from whygrad.backends.jax.versions import name_of
from whygrad.backends.jax.writing import file_of
from whygrad.runtime.callsite import PERSON


class Listening(core.Trace):  # type: ignore[misc]
    """Stands in for `parent`."""

    def __init__(self, parent: Any, tape: Tape, fault: Callable[[BaseException], None]) -> None:
        super().__init__()
        self.parent_trace = parent
        if hasattr(parent, "requires_low"):  # jax 0.6
            self.requires_low = parent.requires_low
        self._tape: Tape | None = tape
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "parent_trace"), name)

    def process_primitive(self, primitive: Any, tracers: Any, params: Any, /) -> Any:
        result = self.parent_trace.process_primitive(primitive, tracers, params)
        if self._tape is not None:
            try:
                results = result if primitive.multiple_results else [result]
                seen = self._tape.sites.live(sys._getframe(1))
                self._tape.op(primitive, tracers, results, params, seen)
            except Exception as error:
                self._stop(error)
        return result

    def process_call(self, primitive: Any, f: Any, tracers: Any, params: Any, /) -> Any:
        result = self.parent_trace.process_call(primitive, f, tracers, params)
        self._whole(primitive.name, tracers, result)
        return result

    def process_custom_jvp_call(
        self, primitive: Any, fun: Any, jvp: Any, tracers: Any, /, **params: Any
    ) -> Any:
        result = self.parent_trace.process_custom_jvp_call(primitive, fun, jvp, tracers, **params)
        result = list(result)
        act = of_custom(primitive, (fun, jvp), params, self._is_persons(fun))
        self._whole(name_of(fun), tracers, result, act)
        return result

    def process_custom_vjp_call(
        self, primitive: Any, fun: Any, fwd: Any, bwd: Any, tracers: Any, /, **params: Any
    ) -> Any:
        result = self.parent_trace.process_custom_vjp_call(
            primitive, fun, fwd, bwd, tracers, **params
        )
        result = list(result)
        act = of_custom(primitive, (fun, fwd, bwd), params, self._is_persons(fun))
        self._whole(name_of(fun), tracers, result, act)
        return result

    def _is_persons(self, fun: Any) -> bool:
        """Whether the person wrote it: then it is not called more often than they call it."""
        if self._tape is None:
            return True
        file = file_of(fun)
        return not file or self._tape.sites.callsites.kind(file) == PERSON

    def stage_value(self, val: Any) -> Any:
        return self.parent_trace.stage_value(val)

    def invalidate(self) -> None:
        self.parent_trace.invalidate()

    def is_valid(self) -> bool:
        return bool(self.parent_trace.is_valid())

    def _whole(self, name: str, operands: Any, results: Any, act: Act | None = None) -> None:
        if self._tape is None:
            return
        try:
            seen = self._tape.sites.live(sys._getframe(2))
            self._tape.custom(name, operands, results, seen, act)
        except Exception as error:
            self._stop(error)

    def _stop(self, error: BaseException) -> None:
        if self._tape is not None:
            self._tape.graph.complete = False
        self._tape = None
        self._fault(error)


class listening:  # noqa: N801
    """Within it, the tape hears of every primitive."""

    def __init__(self, tape: Tape, fault: Callable[[BaseException], None]) -> None:
        self._trace = Listening(core.trace_ctx.trace, tape, fault)
        self._context = core.set_current_trace(self._trace)

    def __enter__(self) -> None:
        self._context.__enter__()

    def __exit__(self, *exit: Any) -> None:
        self._context.__exit__(*exit)
        self._trace._tape = None
