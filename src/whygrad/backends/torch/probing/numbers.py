"""Tensors in short, on their device: a vector each, and one wait for all of them at the end."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import torch

from whygrad.flow.measuring.sizes import Size, added
from whygrad.flow.probe import Numbers

Key = TypeVar("Key", bound=Hashable)


def wide(tensor: Any) -> Any:
    """A dtype in which no sum of squares overflows or vanishes."""
    # Some accelerators have no float64.
    return torch.float64 if tensor.device.type in ("cpu", "cuda") else torch.float32


def entries(tensor: Any) -> Any:
    """The entries of a tensor that hold something, as real numbers."""
    tensor = tensor.detach()
    tensor = getattr(tensor, "_local_tensor", tensor)
    if tensor.layout is torch.sparse_coo:
        tensor = tensor.coalesce().values()
    elif tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    return tensor if tensor.is_floating_point() else tensor.to(torch.float32)


def size(tensor: Any) -> Any:
    """What `read_sizes` reads."""
    found = entries(tensor)
    dtype = wide(found)
    norm = torch.linalg.vector_norm(found, dtype=dtype)
    counts = (found == 0, found.isnan(), found.isinf())
    return torch.stack([norm, *(count.sum().to(dtype) for count in counts)]), found.numel()


def read_sizes(sizes: Mapping[Key, Sequence[Any]]) -> dict[Key, Size]:
    """Of what came at several times (several backwards), the sizes add up."""
    keys = [key for key, found in sizes.items() for _ in found]
    counts = [count for found in sizes.values() for _, count in found]
    rows = _read([vector for found in sizes.values() for vector, _ in found])
    result: dict[Key, Size] = {}
    for key, count, (norm, zeros, nans, infs) in zip(keys, counts, rows, strict=True):
        old = result.get(key)
        new = Size(norm, count, int(zeros), int(nans), int(infs))
        result[key] = new if old is None else added(old, new)
    return result


def summary(tensor: Any) -> Any:
    """What `read_summaries` reads."""
    found = entries(tensor)
    dtype = wide(found)
    if not found.numel():
        return torch.zeros(8, dtype=dtype, device=found.device), 0
    finite = found.isfinite()
    usable = finite.any()
    low = torch.where(finite, found, torch.inf).amin()
    high = torch.where(finite, found, -torch.inf).amax()
    total = torch.where(finite, found, 0).sum(dtype=dtype)
    parts = (
        torch.where(usable, low, 0),
        torch.where(usable, high, 0),
        total / finite.sum().clamp(min=1),
        torch.linalg.vector_norm(found, dtype=dtype),
        (found == 0).sum(),
        (found > 0).sum(),
        found.isnan().sum(),
        found.isinf().sum(),
    )
    return torch.stack([part.to(dtype) for part in parts]), found.numel()


def read_summaries(found: Mapping[Key, Any]) -> dict[Key, Numbers]:
    """The numbers of tensors that `summary` looked at."""
    rows = _read([vector for vector, _ in found.values()])
    return {
        key: Numbers(count, row[0], row[1], row[2], row[3], *map(int, row[4:]))
        for (key, (_, count)), row in zip(found.items(), rows, strict=True)
    }


def _read(vectors: Sequence[Any]) -> list[list[float]]:
    result: list[list[float]] = [[]] * len(vectors)
    devices: dict[Any, list[int]] = {}
    for place, vector in enumerate(vectors):
        devices.setdefault(vector.device, []).append(place)
    for places in devices.values():
        rows = torch.stack([vectors[place] for place in places]).tolist()
        for place, row in zip(places, rows, strict=True):
            result[place] = row
    return result
