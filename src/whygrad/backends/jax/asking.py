"""Gradients that are asked for: what is differentiated, by which variables, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

import numpy as np
from jax._src import core

from whygrad.backends.jax.differentiating import Asked
from whygrad.backends.jax.executing import at_top
from whygrad.backends.jax.flow import Program
from whygrad.backends.jax.marks import staging
from whygrad.backends.jax.observation import Observation
from whygrad.backends.jax.probing import probe
from whygrad.backends.jax.staged import Staged
from whygrad.backends.jax.tape import Tape
from whygrad.backends.jax.things import array_of
from whygrad.backends.keras.inventory.things import key_of
from whygrad.backends.shared.guarding import guarded
from whygrad.flow.recording import EventKind
from whygrad.flow.trace import walk_back
from whygrad.model.report import Gradient
from whygrad.runtime.backend import Session


class Asking(Observation):
    """Listens to `jax.value_and_grad`; updates are for its heir, `observer.JAXObserver`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._tape: Tape | None = None
        self._mapped: dict[int, tuple[Any, int]] = {}
        """By key, a variable of the function that is being differentiated, and its value."""
        self._values: dict[int, int] = {}
        self._leaves: list[int | None] = []
        self._staged = Staged()

    def release(self) -> None:
        self._tape = None
        self._mapped = {}
        self._staged = Staged()

    @guarded
    def opens(self, frame: FrameType) -> Asked | None:
        """Gradients are asked for."""
        if len(self.steps) < 2:
            self.names.look(frame)
        self._tape = Tape(self.sites, self.inside_of)
        self._mapped = {}
        return Asked(self._tape, frame)

    @guarded
    def maps(self, scope: Any, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Keras' variables are given values for a while."""
        if self._tape is None:
            return
        for variable, _ in pairs:
            value = self._tape.number(scope.get_current_value(variable))
            key = key_of(variable)
            if value is not None and key is not None:
                self._mapped.setdefault(key, (variable, value))

    @guarded
    def inside(self, asked: Asked) -> None:
        """The function has done its work; its values are still there."""
        tape = asked.tape
        self._refresh()
        leaves = {tape.value_of(leaf): None for leaf in asked.leaves}
        differentiated = [v for v, number in self._mapped.values() if number in leaves]
        self.loose.look(differentiated, self.current, ())
        self._values = {key: number for key, (_, number) in self._mapped.items()}
        for key, row in self.current.rows.items():
            number = tape.value_of(array_of(row.thing))
            if key not in self._values and number is not None:
                self._values[key] = number
        by_value = {number: key for key, number in self._values.items()}
        self._leaves = [by_value.get(tape.value_of(leaf) or 0) for leaf in asked.leaves]
        loss = tape.number(asked.loss)
        if loss is not None:
            tape.graph.losses = (loss,)

    @guarded
    def closes(
        self, asked: Asked, loss: Any, gradients: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]] | None:
        """The gradients are there. Gives what to hand on in place of both, if anything."""
        leaves_of_all = asked.tape.leaves()
        graph, steps = asked.tape.freeze(self._values.values())
        mapped = bool(self._mapped)
        self._tape, self._mapped = None, {}
        leaves = [key if key in self.current.rows else None for key in self._leaves]
        if not any(key is not None for key in leaves) and (leaves or not mapped):
            return None  # of an input, perhaps
        program = Program(graph, self._values, leaves, self._site(asked.frame), steps)
        if staging():
            changed = self._staged.mark(program, "gradient", gradients)
            # Where nothing at all is to train, there is no gradient to mark.
            self._leaves_of(program, leaves_of_all)
            return self._staged.mark(program, "loss", [loss])[0], changed
        if at_top():
            self._differentiated(program, gradients, leaves_of_all)
            self._stop_script()
        else:
            self.flow.cannot_see("Gradients inside of another transformation were not measured.")
        return None

    @guarded
    def fails(self, asked: Asked, error: BaseException) -> None:
        """The function, or the way back, raised."""
        self._tape, self._mapped = None, {}
        self.stepping.backward_begins(False)
        detail = f"{type(error).__name__}: {error}"
        self._note(EventKind.DIFFERENTIATED, self._site(asked.frame), detail=detail)

    def _leaves_of(self, program: Program, leaves: Mapping[int, Any]) -> None:
        """What a staged function is given, to be found again should it have to be measured."""
        traced = [value for value, leaf in leaves.items() if isinstance(leaf, core.Tracer)]
        usual = [value for value in traced if isinstance(leaves[value].dtype, np.dtype)]
        program.leaves_of_all = {
            value: None if value in traced else leaf for value, leaf in leaves.items()
        }
        program.given = usual
        self._staged.mark(program, "leaf", [leaves[value] for value in usual])

    def _differentiated(
        self, program: Program, gradients: Sequence[Any], leaves: Mapping[int, Any]
    ) -> None:
        self._refresh()
        pairs = [
            (row, gradient)
            for key, gradient in zip(program.leaves, gradients, strict=False)
            if key is not None and (row := self.current.rows.get(key)) is not None
        ]
        if not pairs and program.leaves:
            return
        self._asked.update(row.slot for row, _ in pairs)
        self.stepping.backward_begins(False)
        self._note(EventKind.DIFFERENTIATED, program.site)
        if program not in self.flow.programs:
            self.flow.programs.append(program)
        self.current.answered([row.thing for row, _ in pairs], [g for _, g in pairs])
        program.ran = leaves
        self._look_closer(program, leaves)
        if self.stepping.ends_at_backward():
            self._close(stepped=False)

    def _look_closer(self, program: Program, leaves: Mapping[int, Any]) -> None:
        """Measure the ways of variables to which a whole way leads and nothing useful came."""
        _, reached = walk_back(program.graph)
        sick: dict[int, Gradient] = {}
        for key in program.leaves:
            row = self.current.rows.get(key) if key is not None else None
            value = program.values.get(key) if key is not None else None
            if row is not None and value is not None and row.sick and reached[value]:
                sick[value] = row.gradient.kind
        if sick:
            with self.executing.quiet():
                program.probes.append(probe(program.graph, program.steps, leaves, sick))
