"""Writing in place, and tensors that share memory: all of them get a new value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch

from whygrad.backends.torch.marks import ALIAS_CUT, ALIAS_LINKED, OVERWRITE, WRITE
from whygrad.backends.torch.ops import Plan
from whygrad.backends.torch.values import base_of

if TYPE_CHECKING:
    from whygrad.backends.torch.tape import Tape


def share_views(tape: Tape, plan: Plan, base: Any, made: list[Any]) -> None:
    """Note which of the tensors that an op made share memory with what it was given."""
    storage = None
    for view in made:
        with torch._C.DisableTorchFunctionSubclass():
            linked = view._is_view() and plan.name != "detach"
        if not linked and plan.name not in ("detach", "data"):
            storage = storage if storage is not None else _storage(base)
            if storage is None or _storage(view) != storage:
                continue
        tape.values.share(view, base, linked=linked)


def write_in_place(
    tape: Tape, plan: Plan, site: int, region: int, args: Any, kwargs: Any, ins: list[int]
) -> None:
    """Note a call that writes on its first argument."""
    mark = OVERWRITE if plan.overwrites else WRITE
    first = args[0] if args else next((v for v in kwargs.values() if _is_tensor(v)), None)
    if isinstance(first, (list, tuple)):
        # `_foreach_*_`: the i-th of each list belong together.
        lists = [a for a in args if type(a) in (list, tuple) and len(a) == len(first)]
        for row in zip(*lists, strict=True):
            read = [tape.number(t) for t in row if _is_tensor(t)]
            write(tape, plan, site, region, read, [row[0]], mark)
    elif isinstance(first, torch.Tensor):
        write(tape, plan, site, region, ins, [first], mark)
    if plan.name == "set_data" and len(args) > 1:
        tape.values.share(args[0], args[1], linked=False)


def write(
    tape: Tape,
    plan: Plan,
    site: int,
    region: int,
    ins: Iterable[int],
    targets: list[Any],
    mark: int,
) -> None:
    """Note that `targets` were written in place, and all that shares their memory."""
    values, records, notes = tape.values, tape.records, tape.notes
    for target in targets:
        old, new = values.rewritten(target)
        others = tuple(i for i in ins if i != old)
        notes[len(records)] = mark
        records.append((plan.index, site, region, (old, *others), (new,)))
        for other, linked in tuple(values.sharers(target)):
            before, after = values.rewritten(other)
            notes[len(records)] = ALIAS_LINKED if linked else ALIAS_CUT
            records.append((plan.index, site, 0, (before, new), (after,)))


def _is_tensor(item: Any) -> bool:
    return isinstance(item, torch.Tensor)


def _storage(tensor: Any) -> int | None:
    try:
        return int(base_of(tensor).untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError):
        return None  # sparse, meta and wrapped tensors have no storage to compare
