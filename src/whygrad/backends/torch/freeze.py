"""From the tape's numbers to a neutral flow graph: which edge carries, and if not, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whygrad.backends.torch import keras3
from whygrad.backends.torch.barriers import CASTS, DETAILS
from whygrad.backends.torch.kinds import kind_of
from whygrad.backends.torch.marks import (
    ADOPTED,
    ALIAS_CUT,
    ALIAS_LINKED,
    FORCED_LEAF,
    OVERWRITE,
    WRITE,
)
from whygrad.backends.torch.ops import Plan
from whygrad.backends.torch.regions import VIRTUAL
from whygrad.backends.torch.values import FLOATING, LEAF, REQUIRES
from whygrad.flow.graph import Barrier, FlowGraph, Op, Region

if TYPE_CHECKING:
    from whygrad.backends.torch.leaving import Link
    from whygrad.backends.torch.tape import Tape


class Frozen:
    """One step's graph, with what later questions need of the tape: who made which value."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.flags = tape.values.flags
        self.graph = FlowGraph(value_count=tape.values.count, complete=tape.complete)
        self.stands_for: dict[int, int] = {}
        """A value that nothing read before it was overwritten, to the value that replaced it."""
        self._ops: dict[tuple[int, int, int], Op] = {}
        self._computed = bytearray(tape.values.count)
        self._read = bytearray(tape.values.count)

    def build(self) -> FlowGraph:
        """Give the graph of everything on the tape."""
        graph, tape = self.graph, self.tape
        plans, notes, flags = tape.plan_list, tape.notes, self.flags
        sources, targets = graph.sources, graph.targets
        edge_ops, barriers = graph.edge_ops, graph.barriers
        for index, (number, site, region, ins, outs) in enumerate(tape.records):
            plan = plans[number]
            op = len(graph.ops)
            note = notes.get(index)
            graph.ops.append(self._op(plan, number, site, region, note))
            for out in outs:
                self._computed[out] = 1
                # The usual case first: autograd recorded the op, so it carries to all floats.
                if note is None and not plan.barrier and region <= 0 and flags[out] & REQUIRES:
                    for source in ins:
                        sources.append(source)
                        targets.append(out)
                        edge_ops.append(op)
                        barriers.append(0)
                        self._read[source] = 1
                else:
                    self._edges(plan, region, ins, out, op, note)
        graph.inferred = bytearray(len(sources))
        self._hooks()
        for link in tape.leaving.links():
            self._link(link)
        return graph

    def _op(self, plan: Plan, number: int, site: int, region: int, note: Any) -> Op:
        key = (number, site, region)
        op = self._ops.get(key)
        if op is None:
            place = self.tape.callsites.resolve(site, plan.name)
            name, place = keras3.spelled(plan.name, place)
            op = self._ops[key] = Op(
                name, place, self._region(region), plan.detail, kind=kind_of(plan.name)
            )
        if note == FORCED_LEAF:
            return op._replace(detail="made a leaf by hand")
        if note == ADOPTED:
            return op._replace(detail="not seen as it ran; concluded from autograd's graph")
        if type(note) is tuple:
            return op._replace(detail=note[1].detail() or plan.detail)
        if plan.name == "grad" and region != VIRTUAL:
            return op._replace(detail="without create_graph=True")
        if region > 0 and self._samples(region):
            return op._replace(name="sample", region=None, detail=DETAILS["sample"])
        return op

    def _region(self, number: int) -> Region | None:
        return self.tape.regions.resolve(number) if number > 0 else None

    def _samples(self, region: int) -> bool:
        return self.tape.regions.in_library(region, "/torch/distributions/")

    def _edges(
        self, plan: Plan, region: int, ins: tuple[int, ...], out: int, op: int, note: Any
    ) -> None:
        written = isinstance(note, int) and note in (WRITE, OVERWRITE, ALIAS_LINKED, ALIAS_CUT)
        for position, source in enumerate(ins):
            if written and position == 0:
                barrier = self._self_edge(plan, region, source, out, note)
            elif type(note) is int and note in (ALIAS_LINKED, FORCED_LEAF, ADOPTED):
                barrier = Barrier.NONE
            elif note == ALIAS_CUT:
                barrier = Barrier.DETACHED
            else:
                barrier = self._barrier(plan, region, source, out, note)
            if barrier is None:
                continue
            self._read[source] = 1
            graph = self.graph
            graph.sources.append(source)
            graph.targets.append(out)
            graph.edge_ops.append(op)
            graph.barriers.append(barrier)

    def _self_edge(self, plan: Plan, region: int, old: int, new: int, note: int) -> Barrier | None:
        """From what a tensor held to what it holds after it was written; None where all is gone."""
        flags = self.flags
        if note == OVERWRITE:
            variable = flags[new] & LEAF
            if not self._read[old] and not self._computed[old]:
                self.stands_for[old] = new
            # A leaf keeps its identity whatever is written on it, and a write that autograd
            # does not see leaves the old path in place.
            unseen = region > 0 or plan.name == "set_data"
            return Barrier.NONE if variable or (unseen and flags[old] & REQUIRES) else None
        if plan.barrier is Barrier.DETACHED and note == WRITE:
            return Barrier.DETACHED
        if note != WRITE or region > 0:
            return Barrier.NONE
        return self._barrier(plan, region, old, new, None)

    def _barrier(self, plan: Plan, region: int, source: int, out: int, note: Any) -> Barrier:
        flags = self.flags
        if not flags[source] & FLOATING:
            # Whatever made the integer already cut the gradient; the cut belongs there.
            return Barrier.NONE
        if plan.barrier:
            return plan.barrier
        if not flags[out] & FLOATING:
            return Barrier.INTEGER if plan.name in CASTS else Barrier.NOT_DIFFERENTIABLE
        lost = self._lost(note)
        if lost is not None and source in lost:
            return Barrier.CUSTOM_GRADIENT if type(note) is tuple else self._why(plan)
        if region > 0:
            return Barrier.NOT_DIFFERENTIABLE if self._samples(region) else Barrier.GRAD_DISABLED
        if flags[out] & REQUIRES or region == VIRTUAL:
            return Barrier.NONE
        if plan.name == "grad":
            return Barrier.GRAD_DISABLED
        if flags[source] & REQUIRES:
            return Barrier.CUSTOM_GRADIENT if type(note) is tuple else self._why(plan)
        return Barrier.NONE

    def _why(self, plan: Plan) -> Barrier:
        if plan.name in ("batch_norm", "instance_norm"):
            return Barrier.NOT_DIFFERENTIABLE
        return Barrier.UNEXPLAINED

    def _lost(self, note: Any) -> frozenset[int] | None:
        if type(note) is frozenset:
            return note
        if type(note) is tuple:
            captured, outcome = note
            return frozenset(captured | outcome.lost())
        return None

    def _hooks(self) -> None:
        """Turn edges out of a value whose hook always answered zero into cuts."""
        for value, outcomes in self.tape.hooks.items():
            if not any(outcome.lost() for outcome in outcomes):
                continue
            for edge, source in enumerate(self.graph.sources):
                if source == value:
                    self.graph.barriers[edge] = Barrier.CUSTOM_GRADIENT

    def _link(self, link: Link) -> None:
        left, came = link.left, link.came
        place = self.tape.callsites.resolve(left.site, left.how)
        back = self.tape.callsites.resolve(came.site, came.how)
        detail = f"comes back through `{came.how}`" + (f" at {back}" if back else "")
        op = self.graph.add_op(Op(left.how, place, None, detail, back))
        self.graph.add_edge(left.value, came.value, op, Barrier.LEFT_FRAMEWORK, inferred=True)
