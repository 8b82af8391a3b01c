"""The kept steps of an observation, run again on demand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from whygrad.backends.shared.kept import KeptSteps, norm_of, reachable
from whygrad.backends.torch.gradients import measure, quiet
from whygrad.backends.torch.probing.following import first_bad
from whygrad.backends.torch.probing.probe import probe
from whygrad.backends.torch.replay.changes import Changed
from whygrad.backends.torch.replay.checking import compare_gradients, compare_losses
from whygrad.backends.torch.replay.program import Program
from whygrad.backends.torch.replay.quiet import apart
from whygrad.backends.torch.replay.running import Ran, run
from whygrad.backends.torch.replay.updating import updates
from whygrad.flow.graph import FlowGraph
from whygrad.flow.replaying import CannotReplayError, Change, ChangeKind, Replayed, Update
from whygrad.flow.variable import Observed
from whygrad.model.report import Gradient

_UNSEEN = "a part of it was not seen as it ran (a scripted module or an extension)"


@dataclass(slots=True)
class Kept:
    """One kept step."""

    program: Program
    graph: FlowGraph
    seen: Mapping[int, Observed] = field(default_factory=dict)
    """By value: the leaf variables that were trainable, as they were observed."""
    fault: CannotReplayError | None = None
    checked: bool = False
    base: Ran | None = None


class TorchReplayer(KeptSteps[Kept]):
    """Implements `flow.replaying.Replayer`."""

    def _usable(self, kept: Kept) -> bool:
        try:
            kept.program.check(kept.program.order())
        except CannotReplayError as error:
            kept.fault = error
            return False
        return True

    def replay(
        self,
        step: int,
        wanted: Sequence[int],
        changes: Sequence[Change] = (),
        update: Update | None = None,
    ) -> Replayed:
        """Run one step again and give the gradients of `wanted`."""
        kept = self._of(step)
        self._check(kept)
        if not changes:
            ran = run(kept.program, None, wanted)
        else:
            reachable(kept.graph, changes)
            changed = Changed(kept.program, kept.graph, changes)
            try:
                ran = run(kept.program, changed, wanted, changed.links)
            finally:
                changed.clear()
            if kept.program.unseen() and any(ran.gradients.get(v) is None for v in wanted):
                raise CannotReplayError(_UNSEEN)
        with apart(kept.program.dtype, kept.program.device), quiet():
            told = self._told(kept.program, ran, wanted, changes, update)
        return self._with_probe(kept, changes, self._with_next(kept, changes, told))

    def _with_probe(self, kept: Kept, changes: Sequence[Change], told: Replayed) -> Replayed:
        """What holds gradient back now, where it came no further for the change."""
        sick = {value: Gradient.ZERO for value, norm in told.gradients.items() if norm == 0.0}
        kinds = {change.kind for change in changes}
        if not sick or not kinds or not kinds <= {ChangeKind.REVIVE, ChangeKind.BYPASS}:
            return told
        changed = Changed(kept.program, kept.graph, changes)
        try:
            found = probe(kept.program, kept.graph, sick, changed=changed)
        finally:
            changed.clear()
        return told if found.failed is not None else replace(told, probe=found)

    def _with_next(self, kept: Kept, changes: Sequence[Change], told: Replayed) -> Replayed:
        """What makes the first nan or inf now, where the op kept safe made the first before."""
        safe = {
            kept.graph.edge_ops[e] for c in changes if c.kind is ChangeKind.SAFE for e in c.edges
        }
        still = [v for v, norm in told.gradients.items() if norm is not None and _is_bad(norm)]
        if not safe or not still:
            return told
        before, _ = first_bad(kept.program, kept.graph, still)
        if before is None or before.op not in safe:
            return told
        changed = Changed(kept.program, kept.graph, changes)
        try:
            after, numbers = first_bad(kept.program, kept.graph, still, changed)
        finally:
            changed.clear()
        if after is None or after.op in safe or after.data:
            return told
        return replace(told, next_bad=after.op, bad=after, numbers=numbers)

    def _check(self, kept: Kept) -> None:
        """Once: is it what was observed?"""
        if kept.fault is not None:
            raise kept.fault
        if kept.checked:
            return
        try:
            program = kept.program
            ran = run(program, None, tuple(kept.seen))
            with apart(program.dtype, program.device), quiet():
                moved = program.moved()
                if not moved:
                    compare_losses(program, ran.losses)
                values = list(ran.gradients)
                found = measure([ran.gradients[value] for value in values])
                measured = dict(zip(values, found, strict=True))
                compare_gradients(program, kept.seen, measured, exact=not moved)
        except CannotReplayError as error:
            kept.fault = CannotReplayError(_UNSEEN) if kept.program.unseen() else error
            raise kept.fault from None
        kept.checked = True

    def _told(
        self,
        program: Program,
        ran: Ran,
        wanted: Sequence[int],
        changes: Sequence[Change],
        update: Update | None,
    ) -> Replayed:
        scale = 1.0
        if any(change.kind is ChangeKind.WIDEN for change in changes):
            scale = ran.scale
        gradients = {value: ran.gradients.get(value) for value in wanted}
        found = measure([gradients[value] for value in wanted])
        norms = {value: norm_of(*one, scale) for value, one in zip(wanted, found, strict=True)}
        moved: dict[int, float] = {}
        if update is not None:
            optimizer = None if update.like is None else self._optimizers(update.like)
            # The optimizer knows the person's own tensors; what the step computed is the run's.
            own = {v: leaf.tensor for v, leaf in program.leaves.items()}
            known = {**ran.tensors, **own}
            tensors = {v: known[v] for v in update.values if v in known}
            moved = updates(update, optimizer, tensors, ran.gradients)
        losses = tuple(float(loss.sum()) / scale for loss in ran.losses)
        return Replayed(norms, losses, moved)


def _is_bad(norm: float) -> bool:
    return not math.isfinite(norm)
