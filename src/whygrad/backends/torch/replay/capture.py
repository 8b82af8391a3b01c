"""What it takes to run a step again, kept while the step is recorded.

The entry `calls[i]` says how record i of the tape comes about: a call, a place among the results
of an earlier call, or nothing to run. What a step reads and does not make, its leaves, is kept
until the step is dropped.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import torch
from torch.nn.parameter import is_lazy
from torch.utils import _device

from whygrad.backends.torch.replay.entries import (
    Backward,
    Call,
    Entry,
    Hooked,
    Leaf,
    Moment,
    Pick,
    Pinned,
    Same,
    size_of,
    storage_of,
    version_of,
)
from whygrad.backends.torch.replay.random import States, draws, states_of
from whygrad.backends.torch.values import Values, tensors_in

if TYPE_CHECKING:
    from whygrad.backends.torch.ops import Plan

COPIED: Final = 4 << 20
"""Bytes of a leaf that is copied before something is written on it."""
COPIES: Final = 64 << 20
"""Bytes of all such copies of a step."""
PINNED: Final = 1 << 30
"""Bytes of weights that are copied before they are updated."""


WRITING: Final = frozenset(("fused_moving_avg_obs_fake_quant", "embedding_renorm"))
"""Calls that write on their arguments although nothing in their name says so."""


_M = TypeVar("_M", bound=Callable[..., Any])


def _careful(method: _M) -> _M:
    """What cannot be kept is not kept; the recording goes on."""

    @functools.wraps(method)
    def call(self: Capture, *args: Any, **kwargs: Any) -> Any:
        if not self.on:
            return None
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            self.on = False
            self.values.met = None
            self.fault = f"it could not be kept: {type(error).__name__}"
            return None

    return call  # type: ignore[return-value]


class Capture:
    """What is kept of the step that is being recorded. `on` may be turned off as a whole."""

    enabled = True
    """For every new capture; tests turn it off to compare."""

    def __init__(self, values: Values) -> None:
        self.on = Capture.enabled
        self.fault: str | None = None if self.on else "nothing was kept"
        self.values = values
        self.begin()

    def begin(self) -> None:
        """Start anew. Lists are made anew too: a program may have the old ones."""
        self.calls: list[Any] = []
        self.leaves: dict[int, Leaf] = {}
        self.saved: dict[int, Any] = {}
        self.pinned: dict[int, list[Pinned]] = {}
        self.updated: list[int] = []
        self.written: set[int] = set()
        self.spoilt: dict[int, str] = {}
        self.modes: list[tuple[int, Any]] = [(0, autocast_state())]
        self.events: list[Backward | Moment] = []
        self.hooks: list[Hooked] = []
        self.dtype = torch.get_default_dtype()
        self.device = _device.CURRENT_DEVICE
        self._copied = 0
        self._aside: dict[int, int] = {}
        self._storages: dict[int, list[int]] = {}
        self._looked_at = 0
        self.values.met = self.met if self.on else None

    # -- leaves

    @_careful
    def met(self, value: int, tensor: Any) -> None:
        """The step reads a tensor that it did not make."""
        unset = is_lazy(tensor) or not tensor.numel()
        self.leaves[value] = Leaf(tensor, None if unset else version_of(tensor))

    def aside(self, tensor: Any) -> int:
        """A number below zero for a tensor that is handed to a call and is no value of the flow."""
        known = self.values.entry(tensor)
        if known is not None:
            return int(known[1])
        number = self._aside.get(id(tensor))
        if number is None:
            number = self._aside[id(tensor)] = -1 - len(self._aside)
            self.met(number, tensor)
        return number

    @_careful
    def writing(self, tensors: Iterable[Any]) -> None:
        """Tensors are about to be written: copy the leaves that lie in their memory."""
        for tensor in tensors:
            key = storage_of(tensor)
            if key is None:
                continue
            self._look()
            for value in self._storages.get(key, ()):
                if value not in self.saved and value not in self.written | self.spoilt.keys():
                    self._save(value)

    @_careful
    def pin(self, tensors: Iterable[Any], limit: int = PINNED) -> None:
        """An optimizer is about to update these: copy the leaves that lie in their memory."""
        self._look()
        tensors = list(tensors)
        values = {v for t in tensors for v in self._storages.get(storage_of(t) or 0, ())}
        held = {value: self.leaves[value] for value in sorted(values)}
        if self.updated:  # what the step itself made, and an optimizer has changed since
            entries = ((self.values.entry(t), t) for t in tensors)
            held.update({e[3]: Leaf(t, None) for e, t in entries if e and e[3] not in held})
        if sum(size_of(leaf.tensor) for leaf in held.values()) > limit:
            return
        with torch._C.DisableTorchFunction(), torch.no_grad():
            for value, (tensor, version) in held.items():
                now, pinned = version_of(tensor), self.pinned.setdefault(value, [])
                if pinned and pinned[-1].version == now:
                    continue
                position = self.updated[-1] if self.updated and now != version else 0
                pinned.append(Pinned(position, now, tensor.detach().clone()))

    def _save(self, value: int) -> None:
        tensor = self.leaves[value].tensor
        size = size_of(tensor)
        if size > COPIED or self._copied + size > COPIES:
            self.spoilt[value] = "a large tensor that it read was overwritten"
            return
        self._copied += size
        with torch._C.DisableTorchFunction(), torch.no_grad():
            copy = tensor.detach().clone()
        if self.updated and version_of(tensor) != self.leaves[value].version:
            # An optimizer has changed it since it was met: this is what it held from then on.
            self.written.add(value)
            held = Pinned(self.updated[-1], version_of(tensor), copy)
            self.pinned.setdefault(value, []).append(held)
        else:
            self.saved[value] = copy

    def _look(self) -> None:
        """Note in which memory the leaves lie that were met since last time."""
        if self._looked_at == len(self.leaves):
            return
        for value, leaf in list(self.leaves.items())[self._looked_at :]:
            key = storage_of(leaf.tensor)
            if key is not None:
                self._storages.setdefault(key, []).append(value)
        self._looked_at = len(self.leaves)

    # -- calls

    @_careful
    def early(self, plan: Plan, args: Any, kwargs: Any) -> States | None:
        """Look before a call that may write, or that draws random numbers."""
        if plan.inplace:
            first = args[0] if args else next(iter(kwargs.values()), None)
            self.writing(tensors_in(first))
        elif plan.maybe_inplace and any(a is True for a in (*args, *(kwargs or {}).values())):
            self.writing(tensors_in(args[:1]))
        elif plan.name in WRITING or (plan.name == "embedding" and _renorms(args, kwargs or {})):
            self.writing(tensors_in((args, kwargs or {})))
        if plan.random and draws(plan.name, args, kwargs or {}):
            return states_of(args, kwargs or {})
        return None

    def done(self, records: Sequence[Any], call: Entry) -> None:
        """Records were made by one call; `call` stands at the first, the others go with it."""
        calls = self.calls
        if not self.on:
            return
        first = len(calls)
        for index in range(first, len(records)):
            calls.append(call if index == first else Same(first))

    def called(self, records: Sequence[Any], call: Entry, places: Sequence[int]) -> None:
        """The same, where every record has one of the results, at these places."""
        calls = self.calls
        if not self.on:
            return
        first = len(calls)
        for index, place in zip(range(first, len(records)), places, strict=False):
            if index == first and isinstance(call, Call):
                calls.append(call._replace(places=(place,)))
            else:
                calls.append(call if isinstance(call, str) else Pick(first, place))
        self.done(records, "it was not kept")

    # -- the rest

    @_careful
    def switched(self, position: int) -> None:
        """Autocast was entered or left."""
        state = autocast_state()
        if state != self.modes[-1][1]:
            self.modes.append((position, state))

    @_careful
    def differentiates(
        self,
        roots: Sequence[Any],
        gradients: Any = None,
        inputs: Any = None,
        *,
        retain: bool = False,
        create: bool = False,
        grad: bool = False,
    ) -> None:
        """Backward is about to run. Roots are known values by now."""
        number = self.values.number
        given = gradients if isinstance(gradients, (list, tuple)) else (gradients,)
        given = [*given, *(None for _ in roots)][: len(roots)]
        with torch._C.DisableTorchFunction(), torch.no_grad():
            self.events.append(
                Backward(
                    len(self.calls),
                    tuple(number(root) for root in roots),
                    tuple(None if g is None else g.detach().clone() for g in given),
                    None if inputs is None else tuple(number(t) for t in inputs),
                    retain,
                    create,
                    tuple(root.detach() for root in roots),
                    grad,
                )
            )

    @_careful
    def moment(self, tensors: Iterable[Any], *, measured: bool) -> None:
        """The gradients of these variables were cleared, or measured."""
        table = self.values.table
        entries = (table.get(id(tensor)) for tensor in tensors)
        values = frozenset(entry[3] for entry in entries if entry is not None)
        if values and self.on:
            self.events.append(Moment(len(self.calls), measured, values))


def _renorms(args: Any, kwargs: Any) -> bool:
    """Whether an embedding scales down its rows in place (`max_norm`)."""
    return (args[3] if len(args) > 3 else kwargs.get("max_norm")) is not None


def autocast_state() -> Any:
    """Which devices autocast to what; None for none."""
    asked = getattr(torch._C, "_is_any_autocast_enabled", None)  # not in torch 2.4.0
    if asked is not None and not asked():
        return None
    found = []
    for device in ("cpu", "cuda", "mps", "xpu"):
        try:
            if torch.is_autocast_enabled(device):
                found.append((device, torch.get_autocast_dtype(device)))
        except (RuntimeError, TypeError):
            continue  # a device that this torch cannot cast on
    return (tuple(found), torch.is_autocast_cache_enabled()) if found else None
