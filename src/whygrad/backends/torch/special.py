"""Calls that need a hand of their own.

Each function looks at the arguments before the call, and gives the arguments to call with and
what is to be done with the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import unwrap
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import torch

from whygrad.backends.torch.functions import watch_hook
from whygrad.backends.torch.marks import FORCED_LEAF
from whygrad.backends.torch.ops import Plan
from whygrad.backends.torch.regions import VIRTUAL
from whygrad.backends.torch.replay.calls import flagged
from whygrad.backends.torch.replay.entries import HOLE, Call, template
from whygrad.backends.torch.values import base_of, tensors_in

if TYPE_CHECKING:
    from whygrad.backends.torch.tape import Tape

Finish = Callable[[Any], None]
Prepared = tuple[Any, Finish | None]
_Frame = FrameType | None


def _region(tape: Tape, plan: Plan, args: Any, kwargs: Any, frame: _Frame) -> Prepared:
    was = torch.is_grad_enabled()
    return args, lambda out: tape.regions.switched(bool(args[0]), was, frame)


def _leave(tape: Tape, plan: Plan, args: Any, kwargs: Any, frame: _Frame) -> Prepared:
    value = tape.number(args[0], frame)
    return args, lambda out: tape.leaving.left(plan.name, value, out, frame)


def _requires_grad(tape: Tape, plan: Plan, args: Any, kwargs: Any, frame: _Frame) -> Prepared:
    tensor = args[0]
    old = tape.number(tensor, frame)
    before = tensor.requires_grad

    def finish(out: Any) -> None:
        if tensor.requires_grad is before:
            return
        site = tape.callsites.capture(frame)
        _, new = tape.values.rewritten(tensor)
        tape.notes[len(tape.records)] = FORCED_LEAF
        tape.records.append((plan.index, site, 0, (old,), (new,)))
        again = Call(flagged(tensor.requires_grad), (HOLE,), None, (old,))
        tape.capture.done(tape.records, again)
        if tape.flagged is not None:
            tape.flagged(tensor, frame)

    return args, finish


def _grad(tape: Tape, plan: Plan, args: Any, kwargs: Any, frame: _Frame) -> Prepared:
    given = tensors_in(args[:2]) + tensors_in([kwargs.get("outputs"), kwargs.get("inputs")])
    ins = tuple(tape.number(t, frame) for t in given)
    lasting = bool(args[4] if len(args) > 4 else kwargs.get("create_graph"))
    asking = frozenset(i for i, t in zip(ins, given, strict=True) if base_of(t).requires_grad)
    again = again_of(tape, unwrap(torch.autograd.grad), args, kwargs)

    def finish(out: Any) -> None:
        site = tape.callsites.capture(frame)
        values = {}
        for place, tensor in enumerate(out if isinstance(out, tuple) else (out,)):
            if not isinstance(tensor, torch.Tensor) or tape.values.entry(tensor) is not None:
                continue
            # With create_graph the gradient has an autograd graph of its own, which says more
            # exactly than the arguments what it hangs on; from them, only data flows.
            grown = lasting and base_of(tensor).requires_grad
            value = tape.number(tensor, frame) if grown else tape.values.fresh(tensor)
            values[place] = value, grown
        for value, grown in values.values():
            if grown:
                tape.notes[len(tape.records)] = asking
            tape.records.append((plan.index, site, VIRTUAL if lasting else 0, ins, (value,)))
        tape.capture.called(tape.records, again, tuple(values))

    return args, finish


def _norm(tape: Tape, plan: Plan, args: Any, kwargs: Any, frame: _Frame) -> Prepared:
    """`F.batch_norm`, `F.instance_norm`: the running statistics flow in only when used."""
    names = ("input", "running_mean", "running_var", "weight", "bias")
    given = dict(zip(names, args, strict=False)) | kwargs
    flag = args[5] if len(args) > 5 else kwargs.get("training", kwargs.get("use_input_stats"))

    def numbers(*wanted: str) -> list[int]:
        tensors = (given.get(name) for name in wanted)
        return [tape.number(t, frame) for t in tensors if isinstance(t, torch.Tensor)]

    ins = numbers("input", "weight", "bias")
    stats = [] if flag else numbers("running_mean", "running_var")
    again = again_of(tape, getattr(torch.nn.functional, plan.name), args, kwargs)
    if flag:
        # torch 2.13 does not count these writes as writes.
        tape.capture.writing(t for name in names[1:3] if (t := given.get(name)) is not None)

    def finish(out: Any) -> None:
        site = tape.callsites.capture(frame)
        region = 0 if torch.is_grad_enabled() else tape.regions.unknown
        value = tape.values.fresh(out)
        if stats:
            tape.notes[len(tape.records)] = frozenset(stats)
        tape.records.append((plan.index, site, region, (*ins, *stats), (value,)))
        tape.capture.done(tape.records, again)

    return args, finish


def again_of(tape: Tape, func: Any, args: Any, kwargs: Any) -> Call:
    """How to call `func` once more. Tensors that are no values yet do not become any."""
    found: list[Any] = []
    shape, named = template(tuple(args), found), template(dict(kwargs), found)
    return Call(func, shape, named, tuple(tape.capture.aside(t) for t in found))


def _hook(tape: Tape, plan: Plan, args: Any, kwargs: Any, frame: _Frame) -> Prepared:
    if len(args) < 2:
        return args, None
    return (args[0], watch_hook(tape, args[0], args[1]), *args[2:]), None


CALLS: Final[Mapping[Any, Callable[[Tape, Plan, Any, Any, _Frame], Prepared]]] = {
    "region": _region,
    "leave": _leave,
    "requires_grad": _requires_grad,
    "grad": _grad,
    "norm": _norm,
    "hook": _hook,
}
