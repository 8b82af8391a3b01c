"""What came back to the variables, and whether they moved: measured in lists, one sync each.

Nothing here draws a random number, writes on a tensor of the person's, or touches `.grad`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import _disable_current_modes

from whygrad.backends.torch.sampling import stride
from whygrad.model.report import Gradient

COPIED_WHOLE = 1 << 14
"""Tensors up to this many elements are copied before a step; of larger ones, a sample is."""

ROWS = 8


class Measured(NamedTuple):
    """A gradient: its kind and its norm."""

    kind: Gradient
    norm: float | None


ABSENT = Measured(Gradient.NONE, None)


@contextmanager
def quiet() -> Iterator[None]:
    """Run tensor code that no mode, hook or graph of the person's gets to see."""
    with torch._C.DisableTorchFunction(), _disable_current_modes(), torch.no_grad():
        yield


_USUAL = (torch.Tensor, torch.nn.Parameter)
_FLOATS = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


def plain(tensor: Any) -> Any:
    """A tensor on which arithmetic is local and dense, or None where there is none."""
    usual = type(tensor) in _USUAL and tensor.dtype in _FLOATS
    if usual and tensor.layout is torch.strided and not tensor.is_meta:
        return tensor if held_in_memory(tensor) else None
    if tensor.is_meta or tensor.is_quantized:
        return None
    local = getattr(tensor, "_local_tensor", tensor)  # DTensor: its norm would communicate
    if local.layout is not torch.strided:
        local = local.coalesce().values() if local.layout is torch.sparse_coo else local.to_dense()
    if local is not tensor and not held_in_memory(local):
        return None
    return local if local.is_floating_point() or local.is_complex() else local.float()


def held_in_memory(tensor: Any) -> bool:
    """Whether there are numbers to read. FSDP lets go of the gathered parameters' memory and keeps
    the tensors, which autograd still leads to: reading one is a segmentation fault.
    """
    return not tensor.numel() or bool(tensor.untyped_storage().nbytes())


def norms(tensors: Sequence[Any], order: float = 2) -> list[float]:
    """The norm of each, with one wait for the device."""
    result = [0.0] * len(tensors)
    for places, group in _alike(tensors):
        # float32 keeps half precision from overflowing in the sum of squares
        dtype = torch.float32 if group[0].dtype in (torch.float16, torch.bfloat16) else None
        found = torch.stack(torch._foreach_norm(group, order, dtype=dtype))
        for place, norm in zip(places, found.tolist(), strict=True):
            result[place] = norm
    return result


def _alike(tensors: Sequence[Any]) -> Iterator[tuple[list[int], list[Any]]]:
    groups: dict[tuple[Any, Any], tuple[list[int], list[Any]]] = {}
    for place, tensor in enumerate(tensors):
        if tensor is not None and tensor.numel():
            places, members = groups.setdefault((tensor.dtype, tensor.device), ([], []))
            places.append(place)
            members.append(tensor)
    yield from groups.values()


def measure(gradients: Sequence[Any]) -> list[Measured]:
    """Classify each gradient; None means there is none."""
    result = [ABSENT] * len(gradients)
    present = [(i, plain(g)) for i, g in enumerate(gradients) if g is not None]
    usable = [(i, g) for i, g in present if g is not None]
    found = norms([g for _, g in usable])
    doubtful: list[tuple[int, Any]] = []
    for (place, gradient), norm in zip(usable, found, strict=True):
        if 0.0 < norm < math.inf:
            result[place] = Measured(Gradient.FINITE, norm)
        else:
            doubtful.append((place, gradient))
    # The sum of squares overflows above 1e19 and vanishes below 1e-23; the largest does neither.
    for (place, gradient), largest in zip(
        doubtful, norms([g for _, g in doubtful], math.inf), strict=True
    ):
        result[place] = _classify(gradient, largest)
    return result


def _classify(gradient: Any, largest: float) -> Measured:
    if largest == 0.0:
        return Measured(Gradient.ZERO, 0.0)
    if math.isnan(largest):
        return Measured(Gradient.NAN, None)
    if math.isinf(largest):
        return Measured(Gradient.INF, None)
    exact = float(torch.linalg.vector_norm(gradient.to(_wide(gradient))))
    return Measured(Gradient.FINITE, exact)


def _wide(tensor: Any) -> Any:
    if tensor.is_complex():
        return torch.complex128
    # Some accelerators have no float64
    return torch.float64 if tensor.device.type in ("cpu", "cuda") else torch.float32


class Moved(NamedTuple):
    """Whether a variable changed, by how much; None where that was not measured."""

    moved: bool | None
    by: float | None
    ratio: float | None = None
    """That over the weight's own size, in an even sample of a large one."""


@dataclass(slots=True)
class Before:
    """What variables held before a step, as little of it as is enough to tell."""

    tensors: list[Any]
    whole: list[int]
    copies: list[Any]
    sampled: list[int]
    views: list[Callable[[Any], Any]]
    """Which part of a large tensor to look at."""
    samples: list[Any]
    sums: dict[int, tuple[int, int]]

    def compare(self) -> list[Moved]:
        """Look again. A sample that changed proves movement; one that did not proves nothing."""
        result = [Moved(None, None)] * len(self.tensors)
        now = [plain(self.tensors[i]) for i in self.whole]
        for place, moved in zip(self.whole, _compare(now, self.copies), strict=True):
            result[place] = moved
        now = [
            None if (local := plain(self.tensors[i])) is None else view(local)
            for i, view in zip(self.sampled, self.views, strict=True)
        ]
        seen = _compare(now, self.samples)
        even = [
            view is _sample and moved.by is not None
            for view, moved in zip(self.views, seen, strict=True)
        ]
        ratios = _ratios(now, self.samples, even)
        for place, moved, ratio in zip(self.sampled, seen, ratios, strict=True):
            if moved.moved:
                result[place] = Moved(True, None, ratio)
        for place, before in self.sums.items():
            local = plain(self.tensors[place])
            if local is not None:
                changed = _checksum(local) != before
                result[place] = Moved(changed, None if changed else 0.0)
        return result


def before_step(
    tensors: Sequence[Any], doubtful: Sequence[bool], gradients: Sequence[Any] = ()
) -> Before:
    """Remember values. A doubtful large one, not expected to move, is summed up bit by bit.

    Where a gradient is given for a large one, its largest rows are looked at.
    """
    before = Before(list(tensors), [], [], [], [], [], {})
    for place, tensor in enumerate(tensors):
        local = plain(tensor)
        if local is None or not local.numel():
            continue
        if local.numel() <= COPIED_WHOLE:
            before.whole.append(place)
            before.copies.append(local)
        elif doubtful[place]:
            before.sums[place] = _checksum(local)
        else:
            before.sampled.append(place)
            gradient = gradients[place] if gradients else None
            view = _sample if gradient is None else _largest_rows(gradient)
            before.views.append(view)
            before.samples.append(view(local).clone())
    before.copies = _cloned(before.copies)
    return before


def _cloned(tensors: list[Any]) -> list[Any]:
    copies: list[Any] = [None] * len(tensors)
    for places, group in _alike(tensors):
        for place, copy in zip(places, _clone(group), strict=True):
            copies[place] = copy
    return copies


def _clone(group: list[Any]) -> list[Any]:
    every = getattr(torch, "_foreach_clone", None)  # not in torch 2.4
    return list(every(group)) if every is not None else [t.detach().clone() for t in group]


def _compare(now: list[Any], then: list[Any]) -> list[Moved]:
    """What has no memory any more (FSDP's gathered parameters) cannot be compared."""
    result = [Moved(True if tensor is not None else None, None) for tensor in now]
    places: list[int] = []
    differences: list[Any] = []
    for group, members in _alike(now):
        same = [then[i] for i in group]
        if all(a.shape == b.shape for a, b in zip(members, same, strict=True)):
            places += group
            differences += torch._foreach_sub(members, same)
    for place, by in zip(places, norms(differences), strict=True):
        result[place] = _judged(now[place], then[place], by)
    return result


def _ratios(now: list[Any], then: list[Any], wanted: list[bool]) -> list[float | None]:
    """How large the move was beside the weight. A sample of which less than half moved may stand
    for few rows or for many (an embedding's): nothing is concluded from it.
    """
    result: list[float | None] = [None] * len(now)
    places = [place for place, want in enumerate(wanted) if want]
    old = [then[place] for place in places]
    differences: list[Any] = [None] * len(old)
    for group, members in _alike(old):
        found = torch._foreach_sub([now[places[i]] for i in group], members)
        for i, difference in zip(group, found, strict=True):
            differences[i] = difference
    sizes, moves, counts = norms(old), norms(differences), norms(differences, 0)
    for place, size, move, count in zip(places, sizes, moves, counts, strict=True):
        if size and 2 * count >= then[place].numel():
            result[place] = move / size
    return result


def _judged(now: Any, then: Any, by: float) -> Moved:
    if 0.0 < by < math.inf:
        return Moved(True, by)
    if by == 0.0 and now.dtype not in (torch.float16, torch.bfloat16):
        # Squares of differences below 1e-23 vanish in the norm.
        return Moved(False, 0.0) if torch.equal(now, then) else Moved(True, by)
    same = torch.equal(torch.nan_to_num(now), torch.nan_to_num(then))
    return Moved(not same, 0.0 if same else None)


def _sample(tensor: Any) -> Any:
    if tensor.is_contiguous():
        return tensor.detach().view(-1)[:: stride(tensor.numel())]
    return tensor.detach()[tuple(slice(8) for _ in tensor.shape)]


def _largest_rows(gradient: Any) -> Callable[[Any], Any]:
    """A view of the rows that a step moves most: an embedding's few rows of this batch."""
    if gradient.is_sparse:
        rows = gradient.coalesce().indices()[0][:ROWS]
    else:
        sizes = plain(gradient).abs().flatten(1).amax(1) if gradient.dim() > 1 else gradient.abs()
        rows = sizes.topk(min(ROWS, sizes.numel())).indices

    def view(tensor: Any) -> Any:
        return tensor.detach().index_select(0, rows)

    return view


_BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def _checksum(tensor: Any) -> tuple[int, int]:
    """Two sums over the bits, in chunks: the second weighs by place, so swaps do not cancel."""
    values = torch.view_as_real(tensor.detach()) if tensor.is_complex() else tensor.detach()
    if not values.is_contiguous():
        values = values.contiguous()
    bits = values.view(-1).view(_BITS[values.element_size()])
    first = second = 0
    chunk = 1 << 18
    weights = torch.arange(1, min(chunk, bits.numel()) + 1, device=bits.device)
    for start in range(0, bits.numel(), chunk):
        part = bits[start : start + chunk].to(torch.int64)
        scrambled = part * part + part * 0x9E3779B1
        first = (first * 31 + int(scrambled.sum())) & (1 << 64) - 1
        second = (second * 31 + int((scrambled * weights[: part.numel()]).sum())) & (1 << 64) - 1
    return first, second
