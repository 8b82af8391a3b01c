"""The step that is going on: the variables in it, and what has come back to each so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import torch

from whygrad.backends.shared.slot import Slot
from whygrad.backends.torch.gradients import (
    ABSENT,
    Before,
    Measured,
    before_step,
    measure,
    norms,
    plain,
    quiet,
)
from whygrad.backends.torch.rounding import stayed
from whygrad.backends.torch.slots import Identities
from whygrad.flow.variable import Observed
from whygrad.model.report import Gradient

_BEST = (Gradient.FINITE, Gradient.NAN, Gradient.INF, Gradient.ZERO, Gradient.NONE)


APART: Final = 1e3
"""Between the largest gradients and the smallest, an eighth of them, one at least, left out at
either end.
"""


@dataclass(slots=True, eq=False)
class Row:
    """One variable in the step that is going on. The tensor is let go when the step ends."""

    slot: Slot
    tensor: Any
    measured: bool = False
    gradient: Measured = ABSENT
    weight: float | None = None
    had: bool = False
    carried: bool = False
    moved: bool | None = None
    by: float | None = None
    ratio: float | None = None
    stayed: float | None = None
    stale: bool = False
    version: int = -1
    mark: tuple[int, int] | None = None

    @property
    def sick(self) -> bool:
        """Its gradient was measured, and nothing can be learnt from it."""
        return self.measured and self.gradient.kind is not Gradient.FINITE


class Current:
    """Holds the tensors of one step from its first backward on, so that they can be measured."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.rows: dict[int, Row] = {}
        self.walk = -1
        """Number of the inventory that the rows were taken from."""
        self._holding: dict[Slot, int] = {}
        self.began = False
        """Whether this step's first backward has been seen."""
        self._before: tuple[list[Row], Before] | None = None

    def take_all(self, pairs: Iterable[tuple[Slot, Any]]) -> None:
        """The inventory was taken anew: forget names that are gone, unless they were measured."""
        for key, row in list(self.rows.items()):
            if row.slot.gone and not (row.measured or row.had):
                del self.rows[key]
                self._holding.pop(row.slot, None)
        self.take(pairs)

    def take(self, pairs: Iterable[tuple[Slot, Any]]) -> None:
        """Put variables under observation, in addition to those already there."""
        for slot, tensor in pairs:
            if id(tensor) in self.rows:
                continue
            # Another tensor under the same name takes the place of the one before it.
            replaced = self._holding.get(slot)
            if replaced is not None:
                self.rows.pop(replaced, None)
            self._holding[slot] = id(tensor)
            self.rows[id(tensor)] = Row(slot, tensor)

    def backward_begins(self) -> bool:
        """Note which gradients are there already. True if any was carried over.

        What lies there is the last step's sum only until something clears it, which may be
        after a backward that was about others: the discriminator's, or an attack's.
        """
        self.began = True
        asked = []
        for row in self.rows.values():
            gradient = grad_of(row.tensor)
            if gradient is None:
                row.carried = False
                continue
            row.mark = _mark(gradient)
            if row.carried or not row.had:
                asked.append((row, gradient))
        if not asked:
            return False
        with quiet():
            found = measure([gradient for _, gradient in asked])
        for (row, _), measured in zip(asked, found, strict=True):
            row.carried = measured.kind is not Gradient.ZERO
        return any(row.carried for row, _ in asked)

    def backward_ends(self) -> None:
        """See to whom backward gave a gradient, also on top of one that was there."""
        for row in self.rows.values():
            if not row.had:
                gradient = grad_of(row.tensor)
                row.had = gradient is not None and (row.mark is None or _mark(gradient) != row.mark)
            row.mark = None

    def measure(self, wanted: Callable[[int], bool]) -> None:
        """Measure the gradients of those rows whose tensor's id is wanted; the best one stays."""
        rows = [row for key, row in self.rows.items() if wanted(key)]
        with quiet():
            found = measure([grad_of(row.tensor) for row in rows])
            for row, measured in zip(rows, found, strict=True):
                if not row.measured or _better(measured, row.gradient):
                    row.gradient = measured
                row.measured = True
            # What nobody trains is weighed once: a frozen backbone may be most of the model.
            _weigh([r for r in rows if r.weight is None and (self.step == 0 or _trained(r))])

    def measure_rest(self) -> None:
        """Measure those that were not measured before any optimizer's step."""
        unmeasured = {key for key, row in self.rows.items() if not row.measured}
        if unmeasured:
            self.measure(unmeasured.__contains__)

    def before_step(self, held: set[int]) -> None:
        """Remember the values of those that an optimizer is about to update."""
        rows = [row for key, row in self.rows.items() if key in held]
        doubtful = [_doubtful(row) for row in rows]
        asked = [
            grad_of(row.tensor) if row.slot.unproven and not sure else None
            for row, sure in zip(rows, doubtful, strict=True)
        ]
        for row in rows:
            row.version = -1 if row.tensor.is_inference() else row.tensor._version
        with quiet():
            self._before = rows, before_step([row.tensor for row in rows], doubtful, asked)

    def after_step(self) -> None:
        """See who moved. What an optimizer left alone for want of a gradient did not."""
        if self._before is None:
            return
        rows, before = self._before
        self._before = None
        with quiet():
            for row, moved in zip(rows, before.compare(), strict=True):
                result = moved.moved
                if result is None and row.gradient.kind is Gradient.NONE:
                    # Optimizers pass over a tensor without gradient; the counter agrees.
                    result = False if row.version == row.tensor._version else None
                row.moved = True if row.moved else result
                row.by = moved.by if row.by is None else row.by
                row.ratio = moved.ratio if row.ratio is None else row.ratio
                row.slot.unproven += row.moved is None
            left = stayed(before, [grad_of(row.tensor) for row in rows])
            for place, share in left.items():
                rows[place].stayed = share

    def drop_step(self) -> None:
        """The step that was to be measured has failed."""
        self._before = None

    def doubtful(self, flow: Any) -> bool:
        """Whether a question may remain that running the step again would answer."""
        return any(
            (
                row.moved is not True or row.sick or (row.carried and row.had)
                if row.tensor.requires_grad
                else row.tensor.is_floating_point() or isinstance(row.tensor, torch.nn.Parameter)
            )
            # A template that layers were copied from is trainable, idle, and not in this step.
            and flow.value_of(row.tensor) is not None
            for row in self.rows.values()
        )

    def uneven(self) -> bool:
        """Whether gradients lie so far apart that they may vanish or explode over depth."""
        sizes = sorted(
            row.gradient.norm
            for row in self.rows.values()
            if row.gradient.kind is Gradient.FINITE and row.gradient.norm
        )
        few = max(1, len(sizes) // 8)
        return len(sizes) >= 5 and sizes[-1 - few] > APART * sizes[few]

    def close(self, flow: Any, identities: Identities) -> None:
        """Write what was seen into the slots."""
        self.measure_rest()
        for row in self.rows.values():
            slot = row.slot
            slot.identity = identities.of(row.tensor)
            slot.steps[self.step] = Observed(
                value=flow.value_of(row.tensor),
                trainable=bool(row.tensor.requires_grad),
                gradient=row.gradient.kind,
                gradient_norm=row.gradient.norm,
                weight_norm=row.weight,
                moved=row.moved,
                update_norm=row.by,
                update_ratio=row.ratio,
                stayed=row.stayed,
                carried_over=row.carried and row.had,
                had_gradient_after_backward=row.had,
                identity=slot.identity,
                held_stale=row.stale,
            )


def grad_of(tensor: Any) -> Any:
    """`.grad`, but not where asking for it makes torch warn."""
    return tensor.grad if tensor.is_leaf or tensor.retains_grad else None


def _mark(gradient: Any) -> tuple[int, int]:
    if type(gradient).__name__ != "Tensor" or gradient.layout is not torch.strided:
        return (id(gradient), 0)
    return (gradient.data_ptr(), gradient._version)


def _better(new: Measured, old: Measured) -> bool:
    return _BEST.index(new.kind) < _BEST.index(old.kind)


def _doubtful(row: Row) -> bool:
    """Whether all of it must be looked at, since no sample could prove that it stayed."""
    if row.gradient.kind is Gradient.FINITE:
        return row.slot.unproven > 1
    return row.gradient.kind is not Gradient.NONE


def _trained(row: Row) -> bool:
    return row.gradient.kind is not Gradient.NONE or bool(row.tensor.requires_grad)


def _weigh(rows: list[Row]) -> None:
    usable = [(row, local) for row in rows if (local := plain(row.tensor)) is not None]
    found = norms([local.detach() for _, local in usable])
    for (row, _), norm in zip(usable, found, strict=True):
        row.weight = norm
