"""What happens while a function is traced, noted beside its graph: who made each op, and when.

The graph itself (`FuncGraph`) holds the ops; what it does not hold is which tapes looked on, what
they were asked, and where in the person's code an op comes from, to the column.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from whygrad.backends.keras.inventory.handles import handle_of
from whygrad.backends.tensorflow.custom import Outcome
from whygrad.backends.tensorflow.log import Ask, Phase, Taped, Watch
from whygrad.backends.tensorflow.place import Place, parts_of
from whygrad.backends.tensorflow.stacks import HiddenFrames
from whygrad.backends.tensorflow.traced.runs import Moment
from whygrad.runtime.callsite import Callsites
from whygrad.runtime.patches import Patches

if TYPE_CHECKING:
    from whygrad.backends.tensorflow.flow import Flow

_ATTRIBUTE: Final = "_whygrad_trace"
CALLS: Final = frozenset(("PartitionedCall", "StatefulPartitionedCall"))


class Made(NamedTuple):
    """An op was put into the graph."""

    op: Any
    site: int
    tapes: int
    phase: Phase
    region: int


class Answer(NamedTuple):
    """A tape was asked, and these symbolic tensors came back."""

    ask: Ask
    results: tuple[Any, ...]


class Custom(NamedTuple):
    """A function with a gradient of its own made `outs` of `ins`, and computed `inner` on the way.

    Tokens, as `Trace.number` gives them.
    """

    name: str
    ins: tuple[int, ...]
    inner: tuple[int, ...]
    outs: tuple[int, ...]
    site: int
    tapes: int
    phase: Phase
    region: int
    outcome: Outcome


Item = Made | Answer | Custom | Ask | Watch | Taped | Moment


class Trace(Place):
    """One graph that is being filled, or was. A number of a value is a token: see `things`."""

    eager = False

    def __init__(self, callsites: Callsites) -> None:
        super().__init__(callsites)
        self.items: list[Item] = []
        """Everything that happened, in order."""
        self.things: list[Any] = []
        """What each token stands for: a symbolic tensor, an eager one, or a variable's handle."""
        self.outcomes: dict[str, Outcome] = {}
        """Of ops that stand for a function with its own gradient, by name."""
        self.told: tuple[Moment, ...] | None = None
        """What a run of it means to the loop, once that was asked."""
        self._tokens: dict[int, int] = {}

    def number(self, tensor: Any) -> int:
        handle = handle_of(tensor)
        thing = tensor if handle is None else handle
        token = self._tokens.get(id(thing))
        if token is None:
            token = self._tokens[id(thing)] = len(self.things)
            self.things.append(thing)
        return token

    def made(self, tensors: Iterable[Any]) -> tuple[int, ...]:
        return tuple(map(self.number, tensors))

    def has(self, tensor: Any) -> bool:
        return True

    def created(
        self, op: Any, phase: Phase | None, state: tuple[int, int] | None, frame: FrameType
    ) -> None:
        """An op was put into the graph; `state` are its tapes and region where they are not those
        of now.
        """
        tapes, region = (self.active, self.region) if state is None else state
        site = self.callsites.capture(frame)
        self.items.append(Made(op, site, tapes, self.phase if phase is None else phase, region))

    def entered(
        self, tape: Any, automatic: bool, frame: FrameType | None, persistent: bool = False
    ) -> None:
        super().entered(tape, automatic, frame, persistent)
        self.items.append(self.log.tapes[self._bits[id(tape)]])

    def watched(self, tape: Any, thing: Any, variable: bool) -> None:
        known = len(self.log.watches)
        super().watched(tape, thing, variable)
        self.items += self.log.watches[known:]

    def asks(
        self,
        tape: Any,
        targets: Sequence[Any],
        sources: Sequence[Any],
        frame: FrameType | None,
        given: Any = None,
    ) -> Ask:
        ask = super().asks(tape, targets, sources, frame, given)
        self.items.append(ask)
        return ask

    def answered(self, ask: Ask, results: Iterable[Any]) -> None:
        results = list(results)
        tensors = tuple(t for one in results for t in parts_of(one))
        # What got none has no part in what came back.
        answered = [s for s, r in zip(ask.sources, results, strict=False) if r is not None]
        self.items.append(Answer(ask._replace(sources=tuple(answered)), tensors))

    def moment(self, moment: Moment) -> None:
        self.items.append(moment)

    def recorded(
        self,
        name: str,
        outs: Sequence[Any],
        ins: Sequence[Any],
        backward: Callable[..., Any],
        frame: FrameType | None,
    ) -> Callable[..., Any]:
        if name in ("captured_value", "ReadVariableOp"):
            # A tensor from outside of the graph is the same value in here; a read is an op as well.
            return backward
        # A decorated function puts its results before its arguments (TensorFlow 2.16 to 2.21).
        results = frame.f_locals.get("flat_result_len") if frame is not None else None
        first = results if isinstance(results, int) else 0
        sources = self.made(ins[first:])
        outcome = Outcome(sources)
        outcome.dtypes = tuple(tensor.dtype for tensor in (outs[:first] if first else outs))
        self.items.append(
            Custom(
                name,
                sources,
                self.made(ins[:first]),
                self.made(outs[:first] if first else outs),
                self.callsites.capture(frame),
                self.active,
                self.phase,
                self.region,
                outcome,
            )
        )
        if first and outs:
            self.outcomes[outs[0].op.name] = outcome
        return outcome.watching(backward, first)


class Tracing:
    """Opens and closes the patches, and knows the trace of each graph."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.patches = Patches()
        self._hidden = HiddenFrames()
        self._graphs: weakref.WeakSet[Any] = weakref.WeakSet()
        self._calling: tuple[int, int] | None = None
        """Tapes and region of the call of a function that is about to be put into a graph."""

    def open(self) -> None:
        """Put the patches in place."""
        from tensorflow.python.framework import ops

        self._hidden.open()
        # Called once an op is there, and TensorFlow has taken down the stack that it came from.
        self.patches.wrap(ops.Graph, "_create_op_helper", self._creating)
        self.patches.wrap(ops, "get_gradient_function", self._looking_up)

    def close(self) -> None:
        """Undo all, also what hangs on graphs."""
        self.patches.undo()
        self._hidden.close()
        for graph in list(self._graphs):
            if hasattr(graph, _ATTRIBUTE):
                delattr(graph, _ATTRIBUTE)
        self._graphs.clear()

    def here(self) -> Trace | None:
        """The trace of the graph that code builds now."""
        from tensorflow.python.framework import func_graph, ops

        graph = ops.get_default_graph()
        return self._begun(graph) if isinstance(graph, func_graph.FuncGraph) else None

    def _begun(self, graph: Any, but: Any = None) -> Trace | None:
        """The trace of a graph in which nothing was made before anyone looked on, but `but`."""
        trace = trace_of(graph)
        if trace is None:
            if not _only_inputs(graph, but):
                return None  # it was begun before anyone looked on
            trace = Trace(self.flow.callsites)
            # On the graph itself, so that it lives as long; taken off by `close`.
            self.adopt(graph, trace)
        return trace

    def adopt(self, graph: Any, trace: Trace) -> None:
        """Keep the trace of a graph."""
        setattr(graph, _ATTRIBUTE, trace)
        self._graphs.add(graph)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """While the call of a function is put into a graph; TensorFlow takes the tapes off there
        and records the call by hand.
        """
        trace = self.here()
        before = self._calling
        self._calling = None if trace is None else (trace.active, trace.region)
        try:
            yield
        finally:
            self._calling = before

    def _creating(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def create_op_helper(graph: Any, op: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(graph, op, *args, **kwargs)
            trace = self._trace(graph, op)
            if trace is not None:
                try:
                    self._created(trace, op, sys._getframe(1))
                except Exception as error:
                    self.flow.eager.fail(error)
            return result

        return create_op_helper

    def _trace(self, graph: Any, but: Any) -> Trace | None:
        from tensorflow.python.framework import func_graph

        if self.flow.eager.failed or not isinstance(graph, func_graph.FuncGraph):
            return None
        try:
            return self._begun(graph, but)
        except Exception as error:
            self.flow.eager.fail(error)
            return None

    def _created(self, trace: Trace, op: Any, frame: FrameType) -> None:
        state = self._calling if op.type in CALLS else None
        trace.created(op, Phase.UPDATE if self.flow.eager.off else None, state, frame)

    def _looking_up(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def get_gradient_function(op: Any) -> Any:
            found = original(op)
            trace = trace_of(op.graph)
            outcome = None if trace is None else trace.outcomes.get(op.name)
            if outcome is None or found is None:
                return found
            first = len(op.inputs) - len(outcome.sources)

            def gradient(op: Any, *arrived: Any) -> Any:
                return outcome.watching(lambda *grads: found(op, *grads), first)(*arrived)

            return gradient

        return get_gradient_function


def trace_of(graph: Any) -> Trace | None:
    """What was noted while a graph was filled; None where nobody looked on."""
    return getattr(graph, _ATTRIBUTE, None)


def _only_inputs(graph: Any, but: Any) -> bool:
    return all(op.type == "Placeholder" or op is but for op in graph.get_operations())
