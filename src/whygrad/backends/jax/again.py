"""Differentiated functions, run again op by op on the values they were given, there and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from whygrad.backends.jax.barriers import is_floating
from whygrad.backends.jax.records import Constant, Step
from whygrad.flow.replaying import CannotReplayError

MOST = 3000
"""Ops that are run again in one step at most."""


class Again:
    """`values` by number; `arrived` the gradient of each; `passed` what each operand got of it."""

    def __init__(self, steps: Sequence[Step], leaves: Mapping[int, Any]) -> None:
        if len(steps) > MOST:
            raise CannotReplayError(f"there are more than {MOST:,} ops to run again in it")
        self.steps = steps
        self.values: dict[int, Any] = dict(leaves)
        self.arrived: dict[int, Any] = {}
        self.passed: dict[tuple[int, int], Any] = {}
        """By the number of a step and the place of an operand in it."""

    def there(self) -> None:
        """Run every op."""
        for step in self.steps:
            if step.record.inner:
                continue
            results = self._results(step, self._given(step))
            self.values.update(zip(step.record.results, results, strict=True))

    def back(self, losses: Sequence[int]) -> None:
        """Take the gradient of the losses back through every op that it reaches."""
        for loss in losses:
            self.arrived[loss] = jnp.ones_like(self.values[loss])
        for number in range(len(self.steps) - 1, -1, -1):
            step = self.steps[number]
            reached = any(result in self.arrived for result in step.record.results)
            if step.record.inner or not reached:
                continue
            for place, gradient in self._way(number, step).items():
                source = step.record.operands[place]
                assert isinstance(source, int)
                self.passed[number, place] = gradient
                before = self.arrived.get(source)
                self.arrived[source] = gradient if before is None else before + gradient

    def _results(self, step: Step, given: Sequence[Any]) -> Sequence[Any]:
        return self._act(step)(*given)  # type: ignore[no-any-return]

    def _act(self, step: Step) -> Any:
        if step.record.act is None:
            name = step.record.noted.name
            raise CannotReplayError(
                f"what `{name}` passes back was written by hand, and is not called once more"
            )
        return step.record.act

    def _given(self, step: Step) -> list[Any]:
        given = []
        for operand in step.record.operands:
            if isinstance(operand, Constant):
                given.append(operand.held)
            elif operand is None or self.values.get(operand) is None:
                raise CannotReplayError("something that it was given was not kept")
            else:
                given.append(self.values[operand])
        return given

    def _way(self, number: int, step: Step) -> Mapping[int, Any]:
        """By place of an operand, the gradient that the op gives it."""
        act, given = self._act(step), self._given(step)
        operands = step.record.operands
        places = [
            place
            for place, operand in enumerate(operands)
            if not isinstance(operand, Constant) and is_floating(given[place])
        ]
        results = [
            place
            for place, result in enumerate(step.record.results)
            if is_floating(self.values[result])
        ]
        if not places or not results:
            return {}

        def run(*chosen: Any) -> list[Any]:
            every = list(given)
            for place, value in zip(places, chosen, strict=True):
                every[place] = value
            answer = act(*every)
            return [answer[place] for place in results]

        outputs, way = jax.vjp(run, *(given[place] for place in places))
        arriving = []
        for place, output in zip(results, outputs, strict=True):
            arrived = self.arrived.get(step.record.results[place])
            zeros = jnp.zeros_like(output)
            arriving.append(zeros if arrived is None else jnp.asarray(arrived, output.dtype))
        return dict(zip(places, way(arriving), strict=True))
