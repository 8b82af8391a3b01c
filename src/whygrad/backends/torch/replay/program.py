"""A step as it was kept: enough to run it again, or the reason why it cannot be."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from whygrad.backends.torch.replay.entries import (
    Backward,
    Call,
    Hooked,
    Leaf,
    Moment,
    Pick,
    Pinned,
    Same,
    Unseen,
    size_of,
    storage_of,
    version_of,
)
from whygrad.backends.torch.values import REQUIRES
from whygrad.flow.replaying import CannotReplayError

if TYPE_CHECKING:
    from whygrad.backends.torch.tape import Record, Tape
    from whygrad.flow.graph import FlowGraph

TINY = 4 << 10
BUDGET = 256 << 20
"""Bytes of leaves that do not ask for gradient, and of copies."""


@dataclass(slots=True)
class Program:
    """Records, calls and values are numbered as in the step's flow graph."""

    records: Sequence[Record]
    notes: Mapping[int, Any]
    calls: Sequence[Any]
    flags: bytearray
    leaves: dict[int, Leaf]
    saved: dict[int, Any]
    spoilt: dict[int, str]
    modes: Sequence[tuple[int, Any]]
    events: Sequence[Backward | Moment]
    hooks: Sequence[Hooked]
    dtype: Any
    device: Any
    names: Sequence[Any]
    """The tape's plans, for the names of ops."""
    pinned: dict[int, list[Pinned]]
    """Copies of what optimizers updated, from before."""
    written: set[int]
    """Those of them that the step itself writes on after an update."""
    fault: str | None
    """Why nothing was kept."""
    scaled_by: int | None
    """The factor of a loss scaler, where one multiplied the loss."""
    links: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Values that came back from outside, to those that had left."""

    @property
    def backwards(self) -> list[Backward]:
        """Every time that gradient was asked for."""
        return [event for event in self.events if isinstance(event, Backward)]

    def name(self, record: int) -> str:
        """The op's name."""
        return str(self.names[self.records[record][0]].name)

    def call(self, record: int) -> Any:
        """How the record comes about."""
        entry = self.calls[record] if record < len(self.calls) else "it was not kept"
        return Call(*entry) if type(entry) is tuple else entry

    def asks(self, leaf: int) -> bool:
        """Whether the leaf asked for gradient when it was met."""
        return leaf >= 0 and bool(self.flags[leaf] & REQUIRES)

    def roots(self) -> set[int]:
        """The values that gradient is asked of."""
        found: set[int] = set()
        for backward in self.backwards:
            found.update(backward.roots)
        return found

    def order(
        self, extra: Collection[int] = (), links: Mapping[int, Sequence[int]] | None = None
    ) -> list[int]:
        """The records that the roots and `extra` depend on, in order."""
        needed = self.roots() | set(extra)
        forced: set[int] = set()
        found = []
        for index in range(len(self.records) - 1, -1, -1):
            _, _, _, ins, outs = self.records[index]
            wanted = [out for out in outs if out in needed]
            if not wanted and index not in forced:
                continue
            needed.difference_update(wanted)
            entry = self.call(index)
            if isinstance(entry, Call):
                needed.update(entry.ins)
            elif isinstance(entry, (Same, Pick)):
                forced.add(entry.call)
                if isinstance(entry, Same):
                    needed.add(ins[0])
            if links:
                for out in wanted:
                    needed.update(links.get(out, ()))
            found.append(index)
        found.reverse()
        return found

    def unseen(self) -> bool:
        """Whether gradient may have gone where nothing was seen."""
        return any(isinstance(self.call(index), Unseen) for index in self.order())

    def read(self, order: Sequence[int]) -> set[int]:
        """The leaves that those records read, and the roots that are leaves."""
        used = self.roots()
        for index in order:
            entry = self.call(index)
            if isinstance(entry, Call):
                used.update(entry.ins)
            elif isinstance(entry, Same):
                used.add(self.records[index][3][0])
            else:
                used.update(self.records[index][4])
        return used & self.leaves.keys()

    def check(self, order: Sequence[int]) -> None:
        """Raise CannotReplayError where something of these records was not kept."""
        if self.fault is not None:
            raise CannotReplayError(self.fault)
        if not self.backwards:
            raise CannotReplayError("no gradient was asked for in that step")
        for index in order:
            entry = self.call(index)
            if isinstance(entry, str):
                raise CannotReplayError(entry)
        for value in self.read(order):
            self.check_leaf(value)

    def check_leaf(self, value: int) -> None:
        """Raise CannotReplayError where a leaf no longer holds what the step read."""
        if value in self.spoilt:
            raise CannotReplayError(self.spoilt[value])
        tensor, version = self.leaves[value]
        if value in self.saved or value in self.pinned:
            return
        if storage_of(tensor) is not None and _freed(tensor):
            raise CannotReplayError("the memory of a tensor that it read has been given away")
        # Weights that have moved on still show whether a gradient comes.
        if not self._weight(value) and version is not None and version_of(tensor) != version:
            raise CannotReplayError("a tensor that the step read has been overwritten since")

    def _weight(self, value: int) -> bool:
        return self.asks(value) or isinstance(self.leaves[value].tensor, torch.nn.Parameter)

    def moved(self) -> bool:
        """Whether a weight is no longer what it was in the step, and was not copied in time."""
        for value, (tensor, version) in self.leaves.items():
            if value in self.pinned:
                if self.pinned[value][0].position:
                    return True
            elif value not in self.saved and self._weight(value) and version_of(tensor) != version:
                return True
        return False

    def link(self, graph: FlowGraph) -> None:
        """Note which values came back from outside: the graph's last edges say it."""
        for edge in range(len(graph.edge_ops)):
            if graph.edge_ops[edge] >= len(self.records):
                source, target = graph.sources[edge], graph.targets[edge]
                self.links[target] = (*self.links.get(target, ()), source)

    def too_large(self) -> str | None:
        """Why the step cannot be kept: what it read besides weights takes too much memory."""
        size = sum(size_of(t) for t in self.saved.values())
        for value, leaf in self.leaves.items():
            # Whoever else holds the tensor keeps it anyway: a data set of which this is a batch.
            if not self.asks(value) and sys.getrefcount(leaf.tensor) <= 2:
                size += size_of(leaf.tensor)
        if size > BUDGET:
            return f"what it read besides weights takes {size >> 20} MiB, too much to be kept"
        return None

    def gradients_written(self) -> bool:
        """Whether gradients may have been changed by hand after backward: something was written."""
        last = max((backward.position for backward in self.backwards), default=0)
        return any(type(note) is int and place >= last for place, note in self.notes.items())

    def settle(self) -> None:
        """Copy small leaves that are no weights: counters and scales change from step to step."""
        with torch._C.DisableTorchFunction(), torch.no_grad():
            for value, (tensor, version) in self.leaves.items():
                same = version is not None and version_of(tensor) == version
                if same and not self._weight(value) and size_of(tensor) <= TINY:
                    self.saved.setdefault(value, tensor.detach().clone())

    def prune(self) -> None:
        """Let go of the leaves that no backward depends on, such as gradients read afterwards."""
        used = self.read(self.order(links=self.links))
        for value in [v for v in self.leaves if v not in used]:
            del self.leaves[value]
            self.saved.pop(value, None)


def program_of(tape: Tape) -> Program:
    """The step on the tape, so far."""
    kept = tape.capture
    return Program(
        records=tape.records,
        notes=tape.notes,
        calls=kept.calls,
        flags=tape.values.flags,
        leaves=kept.leaves,
        saved=kept.saved,
        spoilt=kept.spoilt,
        modes=kept.modes,
        events=kept.events,
        hooks=kept.hooks,
        dtype=kept.dtype,
        device=kept.device,
        names=tape.plan_list,
        pinned=kept.pinned,
        written=kept.written,
        fault=kept.fault,
        scaled_by=_scaled_by(tape),
    )


def _scaled_by(tape: Tape) -> int | None:
    """The factor by which `GradScaler.scale` multiplied a root."""
    roots = {root for e in tape.capture.events if isinstance(e, Backward) for root in e.roots}
    for plan, site, _, ins, outs in reversed(tape.records) if roots else ():
        if roots.intersection(outs):
            library = tape.callsites.sites[site].library
            if (
                tape.plan_list[plan].name == "mul"
                and len(ins) == 2
                and library is not None
                and library.co_filename.endswith("grad_scaler.py")
            ):
                return ins[1]
            roots.difference_update(outs)
        if not roots:
            break
    return None


def _freed(tensor: Any) -> bool:
    return bool(tensor.numel()) and not tensor.untyped_storage().nbytes()
