"""Patches where a traced function is called: with eager tensors, or in a graph that is filled.

`AtomicFunction.call_flat` is below `tf.function`, `ConcreteFunction`, `fit` and the functions that
a tape makes for the way back (TensorFlow 2.16 to 2.21).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from whygrad.backends.keras.inventory.handles import handle_of
from whygrad.backends.tensorflow.log import Call
from whygrad.backends.tensorflow.replay.apart import apart
from whygrad.backends.tensorflow.traced import graphs
from whygrad.backends.tensorflow.traced.feeding import Fed, feed, raise_as_in_graph
from whygrad.backends.tensorflow.traced.graphs import Written
from whygrad.backends.tensorflow.traced.moments import moments_of, unmeasured
from whygrad.backends.tensorflow.traced.reconstructing import reconstructed
from whygrad.backends.tensorflow.traced.rerun import Rerun
from whygrad.backends.tensorflow.traced.runs import Moment, TracedAsk, TracedRun
from whygrad.backends.tensorflow.traced.tracing import trace_of
from whygrad.backends.tensorflow.traced.unfinished import put
from whygrad.runtime.patches import Patches

if TYPE_CHECKING:
    from whygrad.backends.tensorflow.flow import Flow
    from whygrad.backends.tensorflow.traced.tracing import Tracing


_FIRST_VALUES: Final = "initialize_variables"
"""What TensorFlow (2.16 to 2.21) calls the function that it makes for them."""


class CallPatches:
    """Opens and closes them."""

    def __init__(self, flow: Flow, tracing: Tracing) -> None:
        self.flow = flow
        self.tracing = tracing
        self.patches = Patches()
        self.written = Written()
        self.rerun = Rerun(self.written, flow.unheard)

    def open(self) -> None:
        """Put the patches in place."""
        from tensorflow.python.eager.polymorphic_function import atomic_function
        from tensorflow.python.framework import func_graph

        self.patches.wrap(func_graph, "func_graph_from_py_func", self._tracing)
        self.patches.wrap(atomic_function.AtomicFunction, "call_flat", self._calling)

    def close(self) -> None:
        """Undo all."""
        self.patches.undo()

    def _tracing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def func_graph_from_py_func(*args: Any, **kwargs: Any) -> Any:
            try:
                return original(*args, **kwargs)
            except Exception as error:
                self._failed(kwargs.get("func_graph"), error)
                raise

        return func_graph_from_py_func

    def _failed(self, graph: Any, error: Exception) -> None:
        """A function could not be traced to its end: what it asked until then is all it will."""
        eager, listener = self.flow.eager, self.flow.traced
        trace = None if graph is None else trace_of(graph)
        if eager.off or trace is None or listener.begins is None:
            return
        asks = tuple(unmeasured(item) for item in trace.items if isinstance(item, TracedAsk))
        known = (r for r in eager.log.records if isinstance(r, Call) and r.graph is graph)
        if not asks or any(known):
            return
        try:
            put(eager, graph, 0)
        except Exception as fault:
            eager.fail(fault)
            return
        run = TracedRun(asks, graph.name, 0)
        listener.begins(run)
        self._tell_end(run, error)

    def _calling(self, original: Callable[..., Any]) -> Callable[..., Any]:
        from tensorflow.python.eager import context

        def call_flat(function: Any, *args: Any) -> Any:
            if self.flow.eager.off:
                return original(function, *args)
            if context.executing_eagerly():
                return self._run(original, function, args, sys._getframe(1))
            with self.tracing.calling():
                return original(function, *args)

        return call_flat

    def _run(
        self,
        original: Callable[..., Any],
        function: Any,
        args: Sequence[Any],
        frame: FrameType,
    ) -> Any:
        eager = self.flow.eager
        begun = self._begin(function, args, frame)
        run, fed = (None, None) if begun is None else self._run_of(begun, function, args)
        given = args if fed is None else fed.args
        eager.off += 1  # the callback would tell of it as of one op
        try:
            if fed is not None and fed.error is not None:
                raise_as_in_graph(fed, function)
            outputs = original(function, *given)
        except BaseException as error:
            eager.off -= 1
            self._tell_end(run, error)
            raise
        eager.off -= 1
        if begun is not None:
            if fed is not None:
                begun = begun._replace(fetched=fed.fetched)
            self._end(begun, args, outputs)
            self._tell_end(run, None)
        return outputs

    def _run_of(
        self, call: Call, function: Any, args: Sequence[Any]
    ) -> tuple[TracedRun | None, Fed | None]:
        """What the run means to the loop, told of before it takes place; what to run it with."""
        listener = self.flow.traced
        moments = moments_of(call.graph)
        if not moments or listener.begins is None:
            return None, None
        fed = None
        told: tuple[Moment, ...] = ()
        if listener.measured() and not self.rerun.enough:
            try:
                fed = apart(self.flow.unheard, lambda: feed(call.graph, args))
                if fed.over:
                    return None, fed
                if fed.error is None:
                    told = self.rerun.moments(call.graph, fed.args, fed.batches)
            except Exception as error:
                self.flow.eager.fail(error)
        known = {id(moment.of): moment for moment in told}
        found = (known.get(id(moment)) or unmeasured(moment) for moment in moments)
        run = TracedRun(tuple(found), call.graph.name, call.site)
        listener.begins(run)
        return run, fed

    def _tell_end(self, run: TracedRun | None, error: BaseException | None) -> None:
        if run is not None and self.flow.traced.ends is not None:
            self.flow.traced.ends(run, error)

    def _begin(self, function: Any, args: Sequence[Any], frame: FrameType) -> Call | None:
        eager = self.flow.eager
        try:
            self._look_back(function.graph)
            ins = tuple(map(self._number, args))
            site = eager.callsites.capture(frame)
            state = eager.active, eager.phase, eager.region
            return Call(function.graph, ins, (), site, *state)
        except Exception as error:
            eager.fail(error)
            return None

    def _look_back(self, graph: Any) -> None:
        """A graph that was traced before anyone looked on, and those of the functions in it."""
        todo = [graph]
        while todo:
            one = todo.pop()
            if one is None or trace_of(one) is not None:
                continue
            trace = reconstructed(one, self.flow.callsites, self.written)
            self.tracing.adopt(one, trace)
            if any(isinstance(item, TracedAsk) for item in trace.items):
                self.flow.cannot_see(
                    f"`{one.name}` was traced before it was watched: how large its gradients are,"
                    " and which variables it asked for besides those that its optimizer holds, is"
                    " not known."
                )
            for op in one.get_operations():
                todo += graphs.called(op)

    def _number(self, tensor: Any) -> int:
        handle = handle_of(tensor)
        if handle is None or _holds_a_value(handle):
            return self.flow.eager.number(tensor)
        return -1

    def _end(self, call: Call, args: Sequence[Any], outputs: Any) -> None:
        eager = self.flow.eager
        try:
            tensors = list(outputs) if isinstance(outputs, (list, tuple)) else []
            outs = [-1] * len(tensors)
            values = [n for n, t in enumerate(tensors) if handle_of(t) is None]
            for place, number in zip(values, eager.made(tensors[n] for n in values), strict=True):
                outs[place] = number
            writes = tuple(
                (place, self._written(args[place]))
                for place in sorted(self.written.of(call.graph))
                if place < len(args) and _holds_a_value(args[place])
            )
            eager.log.records.append(call._replace(outs=tuple(outs), writes=writes))
            if _FIRST_VALUES in call.graph.name:
                # Before that, variables made inside of a `tf.function` held nothing.
                firsts = {args[place]._id: number for place, number in writes}
                eager.log.firsts.update(firsts)
        except Exception as error:
            eager.fail(error)

    def _written(self, handle: Any) -> int:
        log = self.flow.eager.log
        before = log.variables.get(handle._id)
        return log.written(handle._id, before is None or bool(log.floats[before]))


def _holds_a_value(handle: Any) -> bool:
    """Whether it is a variable's, as opposed to that of an iterator or a table."""
    data = getattr(handle, "_handle_data", None)
    return bool(data is not None and data.shape_and_type)
