"""A recording with the questions that several causes ask of it, each answered once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from whygrad.flow.dead_units import Dead, dead_in_all, same_op
from whygrad.flow.death import Death, deaths
from whygrad.flow.recording import Event, EventKind, Recording
from whygrad.flow.trace import Traced, Verdict, feeding, last_seen, trace
from whygrad.flow.variable import Variable
from whygrad.model.report import Gradient

_RANK = (Gradient.FINITE, Gradient.INF, Gradient.NAN, Gradient.ZERO, Gradient.NONE)


def best_gradient(variable: Variable) -> Gradient:
    """The best of what came back over all steps."""
    seen = {step.gradient for step in variable.steps}
    return next((kind for kind in _RANK if kind in seen), Gradient.NONE)


def got_gradient(variable: Variable) -> bool:
    """Whether something other than nothing or zero came back in any step."""
    return best_gradient(variable) not in (Gradient.NONE, Gradient.ZERO)


def moved(variable: Variable) -> bool | None:
    """Whether it changed in any step; None where no step could tell."""
    seen = {step.moved for step in variable.steps}
    return True if True in seen else False if False in seen else None


def unit(variable: Variable) -> tuple[str | None, str]:
    """The part of a model that a person would name as a whole: its top-level member."""
    rest = variable.name
    if variable.model and rest.startswith(variable.model + "."):
        rest = rest[len(variable.model) + 1 :]
    return variable.model, rest.partition(".")[0]


@dataclass(frozen=True)
class Run:
    """All causes share one."""

    recording: Recording

    @cached_property
    def traces(self) -> tuple[Mapping[int, Traced], ...]:
        """For every step, what the walks say of every variable that some op of it read."""
        found = []
        for index, step in enumerate(self.recording.steps):
            seen = (variable.steps[index].value for variable in self.recording.variables)
            found.append(trace(step.graph, {value for value in seen if value is not None}))
        return tuple(found)

    @cached_property
    def deaths(self) -> tuple[Mapping[int, tuple[Death, ...]], ...]:
        """For every step, where the gradient of a variable's value died on a whole way. Values that
        got gradient are absent, and all of a step that was not probed.
        """
        found: list[Mapping[int, tuple[Death, ...]]] = []
        for index, step in enumerate(self.recording.steps):
            seen = (v.steps[index].value for v in self.recording.variables)
            values = {value for value in seen if value is not None}
            probe = step.probe
            found.append({} if probe is None else deaths(step.graph, probe, values, index))
        return tuple(found)

    def dead_units(self, step: int, op: int) -> Dead | None:
        """Units of an activation that were dead in every step in which they were measured."""
        graph = self.recording.steps[step].graph
        found = []
        for other in self.recording.steps:
            if other.probe is not None and other.probe.units:
                same = op if other.graph is graph else same_op(graph, op, other.graph)
                units = None if same is None else other.probe.units.get(same)
                if units is not None:
                    found.append(units.dead)
        return dead_in_all(found)

    @cached_property
    def last_edges(self) -> tuple[Mapping[int, int], ...]:
        """For every step, the last edge that each variable's influence takes."""
        found = []
        for index, step in enumerate(self.recording.steps):
            seen = (variable.steps[index].value for variable in self.recording.variables)
            found.append(last_seen(step.graph, {value for value in seen if value is not None}))
        return tuple(found)

    @cached_property
    def memo(self) -> dict[object, object]:
        """Answers that questions about several variables keep here."""
        return {}

    def variable_at(self, step: int, value: int) -> Variable | None:
        """The variable that a value of a step's graph is."""
        return self._by_value[step].get(value)

    @cached_property
    def _by_value(self) -> tuple[Mapping[int | None, Variable], ...]:
        return tuple(
            {v.steps[index].value: v for v in reversed(self.recording.variables)}
            for index in range(len(self.recording.steps))
        )

    def fed(self, step: int) -> bytearray:
        """1 for every value of a step that some variable had a part in."""
        known = self._fed.get(step)
        if known is None:
            graph = self.recording.steps[step].graph
            seen = (variable.steps[step].value for variable in self.recording.variables)
            known = self._fed[step] = feeding(graph, (v for v in seen if v is not None))
        return known

    @cached_property
    def _fed(self) -> dict[int, bytearray]:
        return {}

    @cached_property
    def deeper(self) -> dict[tuple[int, frozenset[object]], dict[int, tuple[int, ...]]]:
        """Fronts by step and by the cuts that are thought away, kept for all who ask again."""
        return {}

    @cached_property
    def differentiated(self) -> bool:
        """Whether gradient was asked for in any observed step."""
        return any(step.differentiated for step in self.recording.steps)

    @cached_property
    def stepped(self) -> bool:
        """Whether any optimizer stepped."""
        return any(step.stepped for step in self.recording.steps)

    def events(self, kind: EventKind) -> tuple[Event, ...]:
        """The events of one kind, in order."""
        return self._events.get(kind, ())

    @cached_property
    def _events(self) -> Mapping[EventKind, tuple[Event, ...]]:
        found: dict[EventKind, list[Event]] = {}
        for event in self.recording.events:
            found.setdefault(event.kind, []).append(event)
        return {kind: tuple(events) for kind, events in found.items()}

    @cached_property
    def by_unit(self) -> Mapping[tuple[str | None, str], tuple[Variable, ...]]:
        """The trainable variables of each part."""
        found: dict[tuple[str | None, str], list[Variable]] = {}
        for variable in self.recording.variables:
            if variable.trainable:
                found.setdefault(unit(variable), []).append(variable)
        return {key: tuple(members) for key, members in found.items()}

    @cached_property
    def by_model(self) -> Mapping[str | None, tuple[Variable, ...]]:
        """All variables of each model."""
        found: dict[str | None, list[Variable]] = {}
        for variable in self.recording.variables:
            found.setdefault(variable.model, []).append(variable)
        return {key: tuple(members) for key, members in found.items()}

    def set_aside(self, variable: Variable) -> bool:
        """No optimizer holds anything of its part of the model, though others are held."""
        if variable.holders or not self.recording.optimizers_known or not self._held_units:
            return False
        if variable.model not in self.held_models:
            return True
        lone = unit(variable)[1] == variable.name.removeprefix(f"{variable.model}.")
        return not lone and unit(variable) not in self._held_units

    @cached_property
    def _held_units(self) -> frozenset[tuple[str | None, str]]:
        return frozenset(unit(v) for v in self.recording.variables if v.holders)

    @cached_property
    def held_models(self) -> frozenset[str | None]:
        """Models of which an optimizer holds anything."""
        return frozenset(v.model for v in self.recording.variables if v.holders)

    @cached_property
    def moving(self) -> frozenset[str]:
        """Names of the optimizers under which anything moved."""
        moved_ones = (v for v in self.recording.variables if moved(v))
        return frozenset(h.optimizer for v in moved_ones for h in v.holders)

    @cached_property
    def resting(self) -> frozenset[str]:
        """Models of which nothing took part in any loss: they have their turn in another phase."""
        used = {
            variable.model
            for variable in self.recording.variables
            for seen, traces in zip(variable.steps, self.traces, strict=True)
            if seen.value is not None and traces[seen.value].verdict is not Verdict.UNUSED
        }
        return frozenset(model.name for model in self.recording.models if model.name not in used)

    @cached_property
    def training(self) -> frozenset[str]:
        """Names of the variables that train: trainable, updated, with a usable gradient."""
        return frozenset(v.name for v in self.recording.variables if self.trains(v))

    def trains(self, variable: Variable) -> bool:
        """The gradient is the detector; movement only takes back what an optimizer promised."""
        if not variable.trainable or best_gradient(variable) is not Gradient.FINITE:
            return False
        if variable.updated_with and self.leads(variable):
            return False
        if not self.recording.optimizers_known:
            return variable.registered or bool(variable.holders)
        if variable.holders:
            return moved(variable) is not False and not self._idle(variable)
        return not self.recording.optimizers and moved(variable) is True

    def leads(self, variable: Variable) -> bool:
        """Whether a whole way led from it to a loss in any step."""
        values = ((step, seen.value) for step, seen in enumerate(variable.steps))
        return any(
            value is not None and self.traces[step][value].verdict is Verdict.WHOLE
            for step, value in values
        )

    def _idle(self, variable: Variable) -> bool:
        """Backward ran again and again, and no optimizer that holds the variable ever stepped."""
        if moved(variable) or len(self.events(EventKind.DIFFERENTIATED)) < 2:
            return False
        if self.events(EventKind.SKIPPED):
            return False
        return {holding.optimizer for holding in variable.holders} <= self._never_stepped

    @cached_property
    def _never_stepped(self) -> frozenset[str]:
        return frozenset(o.name for o in self.recording.optimizers if not o.steps_taken)
