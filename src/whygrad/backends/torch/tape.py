"""The hot path: one function mode that notes every op as a tuple of numbers.

Everything that can wait is done when the step is frozen. With observation off, this mode is
not on torch's stack at all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Final
from weakref import ref

import torch
from torch.overrides import TorchFunctionMode

from whygrad.backends.torch import functions
from whygrad.backends.torch.adopt import missed
from whygrad.backends.torch.leaving import Leaving
from whygrad.backends.torch.ops import Plan
from whygrad.backends.torch.regions import VIRTUAL, Regions
from whygrad.backends.torch.values import INTEGERS, Values, base_of
from whygrad.runtime.callsite import Callsites

Record = tuple[int, int, int, tuple[int, ...], tuple[int, ...]]
"""Plan, site, region, values read, values made."""

WRITE: Final = 1
OVERWRITE: Final = 2
ALIAS_LINKED: Final = 3
ALIAS_CUT: Final = 4
FORCED_LEAF: Final = 5
ADOPTED: Final = 6

RECORD_LIMIT: Final = 4_000_000

_Tensor = torch.Tensor
_Parameter = torch.nn.Parameter
_PLAIN: Final = frozenset(
    (int, float, bool, str, type(None), torch.dtype, torch.device, torch.Size, slice, complex,
     torch.memory_format, torch.layout, type(Ellipsis), dict, torch.Generator)
)  # fmt: skip
_grad_enabled = torch.is_grad_enabled
_frame = sys._getframe


class Tape(TorchFunctionMode):
    """Notes ops while it is on torch's stack and `off` is 0."""

    def __init__(self, callsites: Callsites, on_fault: Callable[[BaseException], None]) -> None:
        super().__init__()
        self.callsites = callsites
        self.on_fault = on_fault
        self.plans: dict[Any, Plan] = {}
        self.plan_list: list[Plan] = []
        self.values = Values()
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
        self._trusted: set[tuple[int, int]] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        plan = self.plans.get(func)
        if plan is None:
            plan = self._plan(func)
        if plan.skip:
            return func(*args, **kwargs) if kwargs else func(*args)
        if self.off or plan.special is not None or plan.leaves:
            return self._special(plan, func, args, kwargs or {}, _frame(1))
        values = self.values
        table = values.table
        ins = []
        # A tensor seen before costs one look-up; everything else goes the long way.
        for a in args:
            kind = type(a)
            if kind is _Tensor or kind is _Parameter:
                entry = table.get(id(a))
                if entry is not None and entry[0]() is a and a.requires_grad is entry[2]:
                    ins.append(entry[1])
                else:
                    ins.append(self._meet(a))
            elif kind not in _PLAIN:
                self._scan(a, ins)
        if kwargs:
            for name, a in kwargs.items():
                if type(a) not in _PLAIN and name != "out":
                    self._scan(a, ins)
            out = func(*args, **kwargs)
        else:
            out = func(*args)
        if not plan.plain or type(out) is not _Tensor or values.wrapped:
            self._keep(plan, args, kwargs or {}, ins, out, _frame(1))
            return out
        key = id(out)
        entry = table.get(key)
        if entry is not None and entry[0]() is out:
            self._keep(plan, args, kwargs or {}, ins, out, _frame(1))
            return out
        requires = out.requires_grad
        value = values.count
        values.count = value + 1
        table[key] = [ref(out), value, requires, value, None, 0]
        site = self.callsites.capture(_frame(1))
        if requires:
            region = 0
            values.flags.append(3)
            if plan.doubtful and len(ins) > 1 and (plan.index, site) not in self._trusted:
                self._doubt(plan, site, args, kwargs, (out,))
        else:
            region = 0 if _grad_enabled() else self.regions.unknown
            values.flags.append(0 if out.dtype in INTEGERS else 1)
        self.records.append((plan.index, site, region, tuple(ins), (value,)))
        if self.leaving.active:
            self.leaving.came(plan, args, kwargs, value, _frame(1))
        return out

    def clear(self) -> None:
        """Forget the step."""
        self.values.clear()
        self.leaving.clear()
        self.records.clear()
        self.notes.clear()
        self.hooks.clear()

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
        self.values.adopted.clear()

    def _scan(self, item: Any, ins: list[int]) -> None:
        todo = [item]
        while todo:
            item = todo.pop()
            if isinstance(item, _Tensor):
                ins.append(self.number(item, _frame(2)))
            elif type(item) in (list, tuple):
                if len(item) > 64 and type(item[0]) in (int, float):
                    continue
                todo.extend(reversed(item))

    # -- everything but the usual case

    def _special(
        self, plan: Plan, func: Any, args: Any, kwargs: Any, frame: FrameType | None
    ) -> Any:
        if plan.region and args:
            was = _grad_enabled()
            out = func(*args, **kwargs)
            self.regions.switched(bool(args[0]), was, frame)
            return out
        # A patch of `autograd.grad` pauses around it, but what it gives belongs to the flow.
        if self.off and (plan.special != "grad" or self.hidden is not None):
            if self.hidden is not None:
                return self.hidden.call(func, args, kwargs)
            return func(*args, **kwargs)
        if plan.leaves:
            value = self.number(args[0], frame)
            out = func(*args, **kwargs)
            self.leaving.left(plan.name, value, out, frame)
            return out
        return getattr(self, f"_do_{plan.special}")(plan, func, args, kwargs, frame)

    def _keep(
        self, plan: Plan, args: Any, kwargs: Any, ins: list[int], out: Any, frame: Any
    ) -> None:
        """Note an op that writes, makes views, gives several tensors, or takes no numbers."""
        site = self.callsites.capture(frame)
        region = 0 if _grad_enabled() else self.regions.unknown
        if "out" in kwargs and kwargs["out"] is not None:
            self.write(plan, site, region, ins, tensors_in(kwargs["out"]), OVERWRITE)
            return
        if plan.inplace:
            self._write_in_place(plan, site, region, args, kwargs, ins)
            if self.leaving.active and args and isinstance(args[0], _Tensor):
                self.leaving.came(plan, args, kwargs, self.number(args[0]), frame)
            return
        if plan.no_flow:
            ins = []
        elif plan.first_only:
            ins = ins[:1]
        outs = []
        made = []
        for tensor in tensors_in(out):
            entry = self.values.entry(tensor)
            if entry is None:
                outs.append(self.values.fresh(tensor))
                made.append(tensor)
            elif plan.maybe_inplace:
                self.write(plan, site, region, ins, [tensor], WRITE)
        if not outs:
            return
        if plan.view and args and isinstance(args[0], _Tensor):
            self._share_views(plan, args[0], made)
        if plan.doubtful and len(ins) > 1 and any(t.requires_grad for t in made):
            self._doubt(plan, site, args, kwargs, made)
        self.records.append((plan.index, site, region, tuple(ins), tuple(outs)))
        if self.leaving.active:
            self.leaving.came(plan, args, kwargs, outs[0], frame)

    def _share_views(self, plan: Plan, base: Any, made: list[Any]) -> None:
        storage = None
        for view in made:
            with torch._C.DisableTorchFunctionSubclass():
                linked = view._is_view() and plan.name != "detach"
            if not linked and plan.name not in ("detach", "data"):
                storage = storage if storage is not None else _storage(base)
                if storage is None or _storage(view) != storage:
                    continue
            self.values.share(view, base, linked=linked)

    def _write_in_place(
        self, plan: Plan, site: int, region: int, args: Any, kwargs: Any, ins: list[int]
    ) -> None:
        mark = OVERWRITE if plan.overwrites else WRITE
        first = args[0] if args else next((v for v in kwargs.values() if _is_tensor(v)), None)
        if type(first) in (list, tuple):
            # `_foreach_*_`: the i-th of each list belong together.
            lists = [a for a in args if type(a) in (list, tuple) and len(a) == len(first)]
            for row in zip(*lists, strict=True):
                self.write(plan, site, region, [self.number(t) for t in row if _is_tensor(t)],
                           [row[0]], mark)  # fmt: skip
        elif isinstance(first, _Tensor):
            self.write(plan, site, region, ins, [first], mark)
        if plan.name == "set_data" and len(args) > 1:
            self.values.share(args[0], args[1], linked=False)

    def write(
        self, plan: Plan, site: int, region: int, ins: Iterable[int], targets: list[Any], mark: int
    ) -> None:
        """Note that `targets` were written in place, and all that shares their memory."""
        for target in targets:
            old, new = self.values.rewritten(target)
            others = tuple(i for i in ins if i != old)
            self.notes[len(self.records)] = mark
            self.records.append((plan.index, site, region, (old, *others), (new,)))
            for other, linked in tuple(self.values.sharers(target)):
                before, after = self.values.rewritten(other)
                self.notes[len(self.records)] = ALIAS_LINKED if linked else ALIAS_CUT
                self.records.append((plan.index, site, 0, (before, new), (after,)))

    def _doubt(self, plan: Plan, site: int, args: Any, kwargs: Any, outs: Iterable[Any]) -> None:
        """Ask autograd which inputs of a composite function gradient really gets to."""
        asking = [t for t in tensors_in([args, list((kwargs or {}).values())]) if t.requires_grad]
        if len(asking) > 1:
            lost = missed([t for t in outs if t.requires_grad], asking)
            if lost:
                numbers = frozenset(self.values.number(t) for t in lost)
                self.notes[len(self.records)] = numbers
                return
        self._trusted.add((plan.index, site))

    # -- calls that need a hand of their own

    def _do_requires_grad(
        self, plan: Plan, func: Any, args: Any, kwargs: Any, frame: FrameType | None
    ) -> Any:
        tensor = args[0]
        old = self.number(tensor, frame)
        before = tensor.requires_grad
        out = func(*args, **kwargs)
        if tensor.requires_grad is not before:
            site = self.callsites.capture(frame)
            _, new = self.values.rewritten(tensor)
            self.notes[len(self.records)] = FORCED_LEAF
            self.records.append((plan.index, site, 0, (old,), (new,)))
            if self.flagged is not None:
                self.flagged(tensor, frame)
        return out

    def _do_grad(
        self, plan: Plan, func: Any, args: Any, kwargs: Any, frame: FrameType | None
    ) -> Any:
        given = tensors_in(args[:2]) or tensors_in([kwargs.get("outputs"), kwargs.get("inputs")])
        ins = tuple(self.number(t, frame) for t in given)
        lasting = bool(args[4] if len(args) > 4 else kwargs.get("create_graph"))
        asking = frozenset(i for i, t in zip(ins, given, strict=True) if base_of(t).requires_grad)
        out = func(*args, **kwargs)
        site = self.callsites.capture(frame)
        for tensor in tensors_in(out):
            if self.values.entry(tensor) is not None:
                continue
            # With create_graph the gradient has an autograd graph of its own, which says more
            # exactly than the arguments what it hangs on; from them, only data flows.
            value = (
                self.number(tensor, frame)
                if base_of(tensor).requires_grad
                else self.values.fresh(tensor)
            )
            if lasting and base_of(tensor).requires_grad:
                self.notes[len(self.records)] = asking
            self.records.append((plan.index, site, VIRTUAL if lasting else 0, ins, (value,)))
        return out

    def _do_norm(
        self, plan: Plan, func: Any, args: Any, kwargs: Any, frame: FrameType | None
    ) -> Any:
        """`F.batch_norm`, `F.instance_norm`: the running statistics flow in only when used."""
        names = ("input", "running_mean", "running_var", "weight", "bias")
        given = dict(zip(names, args, strict=False)) | kwargs
        flag = args[5] if len(args) > 5 else kwargs.get("training", kwargs.get("use_input_stats"))
        running = [given.get("running_mean"), given.get("running_var")]
        ins = [self.number(t, frame) for n in ("input", "weight", "bias")
               if _is_tensor(t := given.get(n))]  # fmt: skip
        stats = [] if flag else [self.number(t, frame) for t in running if _is_tensor(t)]
        out = func(*args, **kwargs)
        site = self.callsites.capture(frame)
        region = 0 if _grad_enabled() else self.regions.unknown
        value = self.values.fresh(out)
        if stats:
            self.notes[len(self.records)] = frozenset(stats)
        self.records.append((plan.index, site, region, (*ins, *stats), (value,)))
        return out

    def _do_hook(
        self, plan: Plan, func: Any, args: Any, kwargs: Any, frame: FrameType | None
    ) -> Any:
        tensor, hook = args[0], args[1] if len(args) > 1 else kwargs["hook"]
        return func(tensor, functions.watch_hook(self, tensor, hook))

    # -- what torch tells no mode of

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

    def came_in(self, name: str, args: Any, kwargs: Any, out: Any, frame: Any) -> None:
        """`from_numpy` and the like gave `out`."""
        if self.off:
            return
        plan, site = self.named(name), self.callsites.capture(frame)
        value = self.values.fresh(out)
        self.records.append((plan.index, site, 0, (), (value,)))
        if self.leaving.active:
            self.leaving.came(plan, args, kwargs, value, frame)


class _Named:
    """Stands for a function that torch does not dispatch."""

    def __init__(self, name: str) -> None:
        self.__name__ = name


def tensors_in(item: Any) -> list[Any]:
    """The tensors in nested lists, tuples and dicts, in order."""
    if isinstance(item, _Tensor):
        return [item]
    found = []
    todo = [item]
    while todo:
        item = todo.pop()
        if isinstance(item, _Tensor):
            found.append(item)
        elif isinstance(item, (list, tuple)):
            todo.extend(reversed(item))
        elif isinstance(item, dict):
            todo.extend(reversed(item.values()))
    return found


def _is_tensor(item: Any) -> bool:
    return isinstance(item, _Tensor)


def _storage(tensor: Any) -> int | None:
    try:
        return int(base_of(tensor).untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError):
        return None  # sparse, meta and wrapped tensors have no storage to compare
