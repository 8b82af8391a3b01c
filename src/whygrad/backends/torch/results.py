"""Ops whose result is not one new tensor: writes, views, several results; and what is doubtful."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch

from whygrad.backends.torch.adopt import missed
from whygrad.backends.torch.barriers import DATA
from whygrad.backends.torch.marks import OVERWRITE, WRITE
from whygrad.backends.torch.ops import Plan
from whygrad.backends.torch.replay.entries import GIVEN, Call, Entry
from whygrad.backends.torch.values import is_wrapped, tensors_in
from whygrad.backends.torch.writes import share_views, write, write_in_place

if TYPE_CHECKING:
    from whygrad.backends.torch.tape import Tape


def keep(
    tape: Tape, plan: Plan, args: Any, kwargs: Any, ins: list[int], out: Any, frame: Any, call: Any
) -> None:
    """Note an op that is not the usual case, and how it may be called again."""
    func, given, named, beyond, states = call
    entry: Entry = Call(func, given, named, (*ins, *beyond), states)
    if tape.values.wrapped and any(map(is_wrapped, tensors_in((args, kwargs, out)))):
        entry = f"`{plan.name}` ran inside a transform of torch.func"
    elif not ins and (plan.name in DATA or _empty(plan, out)):
        entry = GIVEN
    places = _sort_out(tape, plan, args, kwargs, ins, out, frame)
    if isinstance(entry, Call) and places:
        entry = entry._replace(places=tuple(places))
    elif entry is GIVEN:
        for tensor in tensors_in(out):
            tape.capture.met(tape.number(tensor), tensor)
    tape.capture.done(tape.records, entry)


def _empty(plan: Plan, out: Any) -> bool:
    # What comes from another process is filled by `set_`, which torch tells no mode of.
    return plan.name == "empty" and isinstance(out, torch.Tensor) and not out.numel()


def _sort_out(
    tape: Tape, plan: Plan, args: Any, kwargs: Any, ins: list[int], out: Any, frame: Any
) -> list[int] | None:
    """An op that writes, makes views, gives several tensors, or takes no numbers.

    Gives the places of the record's values among the results, where they are not all of them.
    """
    site = tape.callsites.capture(frame)
    region = 0 if torch.is_grad_enabled() else tape.regions.unknown
    if "out" in kwargs and kwargs["out"] is not None:
        write(tape, plan, site, region, ins, tensors_in(kwargs["out"]), OVERWRITE)
        return None
    if plan.inplace:
        write_in_place(tape, plan, site, region, args, kwargs, ins)
        if tape.leaving.active and args and isinstance(args[0], torch.Tensor):
            tape.leaving.came(plan, args, kwargs, tape.number(args[0]), frame)
        return None
    if plan.no_flow:
        ins = []
    elif plan.first_only:
        ins = ins[:1]
    outs = []
    made = []
    places = []
    for place, tensor in enumerate(tensors_in(out)):
        entry = tape.values.entry(tensor)
        if entry is None:
            outs.append(tape.values.fresh(tensor))
            made.append(tensor)
            places.append(place)
        elif plan.maybe_inplace:
            write(tape, plan, site, region, ins, [tensor], WRITE)
    if not outs:
        return None
    if plan.view and args and isinstance(args[0], torch.Tensor):
        share_views(tape, plan, args[0], made)
    if plan.doubtful and len(ins) > 1 and any(t.requires_grad for t in made):
        doubt(tape, plan, site, args, kwargs, made)
    tape.records.append((plan.index, site, region, tuple(ins), tuple(outs)))
    if tape.leaving.active:
        tape.leaving.came(plan, args, kwargs, outs[0], frame)
    return places if places != list(range(len(places))) else None


def doubt(tape: Tape, plan: Plan, site: int, args: Any, kwargs: Any, outs: Iterable[Any]) -> None:
    """Ask autograd which inputs of a composite function gradient really gets to."""
    asking = [t for t in tensors_in([args, list((kwargs or {}).values())]) if t.requires_grad]
    if len(asking) > 1:
        lost = missed([t for t in outs if t.requires_grad], asking)
        if lost:
            numbers = frozenset(tape.values.number(t) for t in lost)
            tape.notes[len(tape.records)] = numbers
            return
    tape.trusted.add((plan.index, site))
