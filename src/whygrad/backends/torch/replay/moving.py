"""Numbers moved to where an op has a slope, or kept off the place where it has none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch

from whygrad.flow.kinds import Kind


def _shifted(tensor: Any, wanted: Any) -> Any:
    """Other numbers, the same gradient."""
    return tensor + (wanted - tensor).detach()


def _replaced(tensor: Any, bad: Any, by: Any) -> Any:
    return torch.where(bad, torch.as_tensor(by, dtype=tensor.dtype, device=tensor.device), tensor)


def _finite(tensor: Any) -> Any:
    return _replaced(tensor, ~tensor.isfinite(), 0.0)


def _small(tensor: Any) -> float:
    return float(math.sqrt(torch.finfo(tensor.dtype).eps))


def _above(tensor: Any) -> Any:
    wanted = _finite(tensor).abs() + 0.1
    return _shifted(_finite(tensor), wanted)


def _near_zero(tensor: Any) -> Any:
    finite = _finite(tensor)
    largest = finite.detach().abs().amax().clamp(min=1e-6) if finite.numel() else 1.0
    return _shifted(finite, finite / largest * 0.5)


def _no_zeros(tensor: Any) -> Any:
    return _shifted(tensor, torch.where(tensor == 0, torch.ones_like(tensor), tensor))


REVIVED: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.RECTIFIER: _above,
    Kind.SQUASH: _near_zero,
    Kind.SOFTMAX: _near_zero,
    Kind.EXPONENTIAL: _near_zero,
}
"""What becomes of the source of the edge."""

OTHERS_REVIVED: Final = frozenset((Kind.PRODUCT, Kind.CONTRACTION, Kind.DIVISION, Kind.SELECTION))
"""Where gradient to one operand is a product with the others: those lose their zeros."""


def revived_factor(tensor: Any) -> Any:
    """The other factor of a product, without its zeros."""
    return _no_zeros(tensor) if tensor.is_floating_point() else tensor


def _positive(tensor: Any) -> Any:
    small = _small(tensor)
    return _replaced(tensor, ~(tensor > small), small)


def _off_zero(tensor: Any) -> Any:
    small = _small(tensor)
    return _replaced(tensor, (tensor.abs() < small) | ~tensor.isfinite(), small)


def _inside(tensor: Any) -> Any:
    edge = 1.0 - _small(tensor)
    inner = _replaced(_replaced(tensor, tensor > edge, edge), tensor < -edge, -edge)
    return _finite(inner)


def _bounded(tensor: Any) -> Any:
    edge = math.log(torch.finfo(tensor.dtype).max) / 2
    inner = _replaced(_replaced(tensor, tensor > edge, edge), tensor < -edge, -edge)
    return _finite(inner)


SAFE: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.LOG: _positive,
    Kind.ROOT: _off_zero,
    Kind.POWER: _off_zero,
    Kind.DIVISION: _off_zero,
    Kind.NORMALIZATION: _off_zero,
    Kind.INVERSE: _inside,
    Kind.EXPONENTIAL: _bounded,
}


def safe(tensor: Any, kind: Kind) -> Any:
    """An operand that the op has a finite derivative at."""
    if not tensor.is_floating_point():
        return tensor
    return SAFE.get(kind, _finite)(tensor)


def shifted_leaf(tensor: Any) -> Any:
    """Changed by about a hundredth of its size, by the same numbers every time."""
    if not tensor.is_floating_point():
        return tensor
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(tensor.shape, generator=generator, dtype=torch.float32)
    size = tensor.detach().float().square().mean().sqrt() if tensor.numel() else torch.tensor(0.0)
    size = size if bool(size > 0) else torch.ones_like(size)
    return tensor + (noise.to(tensor.device) * size * 0.01).to(tensor.dtype)
