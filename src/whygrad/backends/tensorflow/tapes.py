"""Patches where tapes come and go, and where they are asked: all below `tf.GradientTape`.

`tf.GradientTape`, Keras and `tf.compat` optimizers all go through these few module functions
(TensorFlow 2.16 to 2.21), so nothing of the person's own is touched.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

from whygrad.backends.tensorflow.place import Asked, Place
from whygrad.backends.tensorflow.traced.runs import TracedAsk
from whygrad.runtime.patches import Patches

if TYPE_CHECKING:
    from whygrad.backends.tensorflow.flow import Flow


class TapePatches:
    """Opens and closes them."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.patches = Patches()

    def open(self) -> None:
        """Put the patches in place."""
        from tensorflow.python.eager import imperative_grad, record, tape

        self.patches.wrap(tape, "push_new_tape", self._entering)
        self.patches.wrap(tape, "push_tape", self._resuming)
        self.patches.wrap(tape, "pop_tape", self._leaving)
        self.patches.wrap(tape, "watch", self._watching(variable=False))
        self.patches.wrap(tape, "watch_variable", self._watching(variable=True))
        self.patches.wrap(imperative_grad, "imperative_grad", self._asking)
        self.patches.wrap(record, "record_operation", self._recording)
        self.patches.wrap(record, "stop_recording", self._stopping)

    def close(self) -> None:
        """Undo all."""
        self.patches.undo()

    def _tell(self, act: Callable[[Place], Any]) -> Any:
        """Do something at the place where code runs; a fault of ours stays ours."""
        place = self.flow.here()
        if place is None:
            return None
        try:
            return act(place)
        except Exception as error:
            self.flow.eager.fail(error)
            return None

    def _entering(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def push_new_tape(persistent: bool = False, watch_accessed_variables: bool = True) -> Any:
            made = original(persistent, watch_accessed_variables)
            frame = sys._getframe(1)
            told = watch_accessed_variables, frame, persistent
            self._tell(lambda place: place.entered(made, *told))
            return made

        return push_new_tape

    def _resuming(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def push_tape(tape: Any) -> None:
            original(tape)
            frame = sys._getframe(1)
            self._tell(lambda place: place.resumed(tape, frame))

        return push_tape

    def _leaving(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def pop_tape(tape: Any) -> None:
            original(tape)
            frame = sys._getframe(1)
            self._tell(lambda place: place.left(tape, _for_a_while(frame), frame))

        return pop_tape

    def _watching(self, variable: bool) -> Callable[..., Any]:
        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            def watch(tape: Any, thing: Any) -> None:
                original(tape, thing)
                self._tell(lambda place: place.watched(tape, thing, variable))

            return watch

        return wrap

    def _stopping(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @contextlib.contextmanager
        def stop_recording() -> Iterator[None]:
            frame = sys._getframe(1)
            place = self.flow.here()
            with original():
                if place is not None:
                    place.stops("stop_recording", frame)
                try:
                    yield
                finally:
                    if place is not None:
                        place.goes_on()

        return stop_recording

    def _recording(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def record_operation(
            op_type: Any,
            output_tensors: Any,
            input_tensors: Any,
            backward_function: Any,
            forward_function: Any = None,
        ) -> None:
            frame = sys._getframe(1)
            given = op_type, output_tensors, input_tensors, backward_function

            def tell(place: Place) -> Any:
                return place.recorded(*given, frame)

            told = None if _is_function(op_type) else self._tell(tell)
            original(*given[:3], told or backward_function, forward_function)

        return record_operation

    def _asking(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def imperative_grad(tape: Any, target: Any, sources: Any, *args: Any, **kwargs: Any) -> Any:
            frame = sys._getframe(1)
            raw = kwargs.get("sources_raw") or (args[1] if len(args) > 1 else None)
            given = kwargs.get("output_gradients", args[0] if args else None)
            asked = self._tell(
                lambda place: self._begin(place, tape, target, sources, given, raw, frame)
            )
            if asked is None:
                return original(tape, target, sources, *args, **kwargs)
            try:
                with self.flow.backward(asked.place):
                    results = original(tape, target, sources, *args, **kwargs)
            except BaseException as error:
                asked.error = error
                self._tell(lambda place: self._end(asked, frame))
                raise
            asked.results = tuple(results)
            self._tell(lambda place: self._end(asked, frame))
            return results

        return imperative_grad

    def _begin(
        self,
        place: Place,
        tape: Any,
        target: Any,
        sources: Any,
        given: Any,
        raw: Any,
        frame: FrameType,
    ) -> Asked:
        targets = [target] if hasattr(target, "dtype") else list(target)
        wanted = tuple(sources if raw is None or len(raw) != len(sources) else raw)
        ask = place.asks(tape, targets, sources, frame, given)
        asked = Asked(tuple(targets), wanted, place, ask)
        if place.eager and self.flow.on_ask_begins is not None:
            self.flow.on_ask_begins(asked, frame)
        return asked

    def _end(self, asked: Asked, frame: FrameType) -> None:
        asked.place.answered(asked.ask, asked.results)
        if not asked.place.eager:
            if asked.error is None:
                asked.place.moment(_moment(asked))
        elif self.flow.on_ask_ends is not None:
            self.flow.on_ask_ends(asked, frame)


def _moment(asked: Asked) -> TracedAsk:
    """What a run of the trace will tell."""
    ask, log = asked.ask, asked.place.log
    watched = {watch.value for watch in log.watches if watch.tape == ask.tape}
    known = tuple(source in watched for source in ask.sources)
    taped = log.tapes.get(ask.tape)
    persistent = taped is not None and taped.persistent
    return TracedAsk(asked.sources, asked.results, ask.site, known, persistent)


def _for_a_while(frame: FrameType | None) -> str:
    """`stop_recording` where that is what takes a tape off."""
    for _ in range(3):
        if frame is None:
            return ""
        if frame.f_code.co_name == "stop_recording":
            return "stop_recording"
        frame = frame.f_back
    return ""


def _is_function(name: Any) -> bool:
    """Whether it is a traced function that is recorded, and not one with its own gradient."""
    text = name.decode() if isinstance(name, bytes) else str(name)
    return text.startswith("__") or text.endswith("PartitionedCall")
