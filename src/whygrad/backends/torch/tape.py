"""The hot path: one function mode that notes every op as a tuple of numbers.

Everything that can wait is done when the step is frozen. With observation off, this mode is
not on torch's stack at all.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Final
from weakref import ref

import torch
from torch.overrides import TorchFunctionMode

from whygrad.backends.torch.leaving import Leaving
from whygrad.backends.torch.marks import ADOPTED
from whygrad.backends.torch.ops import Plan
from whygrad.backends.torch.regions import Regions
from whygrad.backends.torch.replay.calls import flagged, wrapping
from whygrad.backends.torch.replay.capture import Capture
from whygrad.backends.torch.replay.entries import GIVEN, HOLE, UNSEEN, Call, Entry, template
from whygrad.backends.torch.results import doubt, keep
from whygrad.backends.torch.special import CALLS
from whygrad.backends.torch.values import INTEGERS, REQUIRES, Values, tensors_in
from whygrad.runtime.callsite import Callsites

Record = tuple[int, int, int, tuple[int, ...], tuple[int, ...]]
"""Plan, site, region, values read, values made."""

VALUE_LIMIT: Final = 4_000_000

_Tensor = torch.Tensor
_Parameter = torch.nn.Parameter
_PLAIN: Final = frozenset(
    (int, float, bool, str, type(None), torch.dtype, torch.device, torch.Size, slice, complex,
     torch.memory_format, torch.layout, type(Ellipsis), torch.Generator)
)  # fmt: skip
_grad_enabled = torch.is_grad_enabled
_frame = sys._getframe


def guarded(method: Callable[..., None]) -> Callable[..., None]:
    """For methods called from the person's code: a fault ends the recording, not the script."""

    @functools.wraps(method)
    def call(self: Tape, *args: Any) -> None:
        try:
            method(self, *args)
        except Exception as error:
            self.fail(error)

    return call


class Tape(TorchFunctionMode):
    """Notes ops while it is on torch's stack and `off` is 0."""

    def __init__(self, callsites: Callsites, on_fault: Callable[[BaseException], None]) -> None:
        super().__init__()
        self.callsites = callsites
        self.on_fault = on_fault
        self.plans: dict[Any, Plan] = {}
        self.plan_list: list[Plan] = []
        self.values = Values()
        self.capture = Capture(self.values)
        self.regions = Regions(callsites)
        self.leaving = Leaving(callsites)
        self.records: list[Record] = []
        self.notes: dict[int, Any] = {}
        """What a record's numbers do not say, by its place: a mark above, or a set of values
        that gradient does not get to.
        """
        self.off = 0
        self.complete = True
        self.installed = False
        self.failed = False
        self.flagged: Callable[[Any, FrameType | None], None] | None = None
        """Told of every tensor whose `requires_grad` the person has just turned."""
        self.waiting: Any = None
        """The outcome of a module's backward hook that is about to be put on its node."""
        self.hooks: dict[int, list[Any]] = {}
        self.hidden: Any = None
        """Collects what is read inside a call that counts as one op (a custom Function)."""
        self.trusted: set[tuple[int, int]] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        plan = self.plans.get(func)
        if plan is None:
            plan = self._plan(func)
        if plan.skip:
            return func(*args, **kwargs) if kwargs else func(*args)
        if self.off or plan.special is not None:
            return self._special(plan, func, args, kwargs or {}, _frame(1))
        ins: list[int] = []
        given: list[Any] = []
        named: dict[str, Any] | None = None
        states = None
        beyond: list[int] = []
        try:
            table = self.values.table
            # A tensor seen before costs one look-up; everything else goes the long way.
            for a in args:
                kind = type(a)
                if kind is _Tensor or kind is _Parameter:
                    entry = table.get(id(a))
                    if entry is not None and entry[0]() is a and a.requires_grad is entry[2]:
                        ins.append(entry[1])
                    else:
                        ins.append(self._meet(a))
                    given.append(HOLE)
                elif kind in _PLAIN:
                    given.append(a)
                else:
                    given.append(self._scan(a, ins))
            if kwargs:
                named = {}
                for name, a in kwargs.items():
                    if type(a) in _PLAIN:
                        named[name] = a
                    elif name != "out":
                        named[name] = self._scan(a, ins)
                if kwargs.get("out") is not None:
                    named["out"] = self._scan(kwargs["out"], beyond)
                    self.capture.writing(tensors_in(kwargs["out"]))
            if plan.early and self.capture.on:
                states = self.capture.early(plan, args, kwargs)
        except Exception as error:
            self.fail(error)
        out = func(*args, **kwargs) if kwargs else func(*args)
        try:
            self._note(plan, args, kwargs, ins, out, _frame(1),
                       (func, given, named, beyond, states))  # fmt: skip
        except Exception as error:
            self.fail(error)
        return out

    def _note(
        self, plan: Plan, args: Any, kwargs: Any, ins: list[int], out: Any, frame: FrameType,
        call: tuple[Any, ...],
    ) -> None:  # fmt: skip
        values = self.values
        table = values.table
        key = id(out)
        entry = table.get(key)
        if (
            not plan.plain
            or type(out) is not _Tensor
            or values.wrapped
            or (entry is not None and entry[0]() is out)
        ):
            keep(self, plan, args, kwargs or {}, ins, out, frame, call)
            return
        requires = out.requires_grad
        value = values.count
        values.count = value + 1
        table[key] = [ref(out), value, requires, value, None, 0]
        site = self.callsites.capture(frame)
        if requires:
            region = 0
            values.flags.append(3)
            if plan.doubtful and len(ins) > 1 and (plan.index, site) not in self.trusted:
                doubt(self, plan, site, args, kwargs, (out,))
        else:
            region = 0 if _grad_enabled() else self.regions.unknown
            values.flags.append(0 if out.dtype in INTEGERS else 1)
        read = tuple(ins)
        self.records.append((plan.index, site, region, read, (value,)))
        if self.capture.on:
            func, given, named, _, states = call
            self.capture.calls.append((func, given, named, read, states))
        if self.leaving.active:
            self.leaving.came(plan, args, kwargs, value, frame)
        elif not value & 0xFFFF and value > VALUE_LIMIT:
            self.fail(MemoryError(f"more than {VALUE_LIMIT} values in one step"))

    def fail(self, error: BaseException) -> None:
        """Step aside for good: a fault of ours must not become the person's."""
        if not self.failed:
            self.failed = True
            self.complete = False
            self.off += 1 << 20
            self.on_fault(error)

    def clear(self) -> None:
        """Forget the step."""
        self.values.clear()
        self.leaving.clear()
        # The old lists may belong to a program by now.
        self.records = []
        self.notes = {}
        self.hooks.clear()
        self.capture.begin()

    def _plan(self, func: Any) -> Plan:
        plan = self.plans[func] = Plan(len(self.plan_list), func)
        self.plan_list.append(plan)
        return plan

    def named(self, name: str) -> Plan:
        """Give a plan for what torch does not dispatch, such as `nn.Parameter`."""
        plan = self.plans.get(name)
        if plan is None:
            plan = self._plan(_Named(name))
            self.plans[name] = plan
        return plan

    # -- reading

    def _meet(self, tensor: Any) -> int:
        value = self.values.meet(tensor)
        if self.values.adopted:
            self._take_adopted(_frame(2))
        return value

    def number(self, tensor: Any, frame: FrameType | None = None) -> int:
        """Give the present value of any tensor, noting what had to be asked of autograd."""
        with torch._C.DisableTorchFunctionSubclass():
            value = self.values.number(tensor)
        if self.values.adopted:
            self._take_adopted(frame)
        return value

    def _take_adopted(self, frame: FrameType | None) -> None:
        site = self.callsites.capture(frame)
        for value, sources, name in self.values.adopted:
            plan = self.named(name or "unseen")
            self.notes[len(self.records)] = ADOPTED
            self.records.append((plan.index, site, 0, sources, (value,)))
            asks = bool(self.values.flags[value] & REQUIRES)
            again = UNSEEN if name else Call(flagged(asks), (HOLE,), None, sources)
            self.capture.done(self.records, again)
        self.values.adopted.clear()

    def _scan(self, item: Any, ins: list[int]) -> Any:
        """Number the tensors in an argument; gives it with holes in their places."""
        if type(item) is dict:
            return {}
        found: list[Any] = []
        shape = template(item, found)
        for tensor in found:
            ins.append(self.number(tensor, _frame(2)))
        return shape

    # -- everything but the usual case

    def _special(
        self, plan: Plan, func: Any, args: Any, kwargs: Any, frame: FrameType | None
    ) -> Any:
        # A patch of `autograd.grad` pauses around it, but what it gives belongs to the flow.
        seen = not self.off or plan.special in ("grad", "region")
        if self.hidden is not None and plan.special != "region":
            return self.hidden.call(func, args, kwargs)
        if not seen or self.failed or not args:
            return func(*args, **kwargs)
        try:
            args, finish = CALLS[plan.special](self, plan, args, kwargs, frame)
        except Exception as error:
            self.fail(error)
            return func(*args, **kwargs)
        out = func(*args, **kwargs)
        if finish is not None and not self.failed:
            try:
                finish(out)
            except Exception as error:
                self.fail(error)
        return out

    # -- what torch tells no mode of

    @guarded
    def wrapped(self, name: str, data: Any, made: Any, frame: FrameType | None) -> None:
        """`nn.Parameter(data)` or `Variable(data)` gave `made`, over the same memory."""
        if self.off or not isinstance(made, _Tensor):
            return
        ins = (self.number(data, frame),) if isinstance(data, _Tensor) else ()
        if self.values.entry(made) is not None:
            return
        plan = self.named(name)
        self.records.append(
            (plan.index, self.callsites.capture(frame), 0, ins, (self.values.fresh(made),))
        )
        if ins:
            self.values.share(made, data, linked=False)
            again: Entry = Call(wrapping(made.requires_grad), (HOLE,), None, ins)
        else:
            self.capture.met(self.number(made), made)
            again = GIVEN
        self.capture.done(self.records, again)

    @guarded
    def came_in(self, name: str, args: Any, kwargs: Any, out: Any, frame: Any) -> None:
        """`from_numpy` and the like gave `out`."""
        if self.off:
            return
        plan, site = self.named(name), self.callsites.capture(frame)
        value = self.values.fresh(out)
        self.records.append((plan.index, site, 0, (), (value,)))
        self.capture.met(value, out)
        self.capture.done(self.records, GIVEN)
        if self.leaving.active:
            self.leaving.came(plan, args, kwargs, value, frame)


class _Named:
    """Stands for a function that torch does not dispatch."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
