"""Numbers moved to where an op has a slope, or kept off the place where it has none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch

from whygrad.backends.torch.replay.linking import linked
from whygrad.flow.kinds import Kind


def _replaced(tensor: Any, bad: Any, by: Any) -> Any:
    return torch.where(bad, torch.as_tensor(by, dtype=tensor.dtype, device=tensor.device), tensor)


def _finite(tensor: Any) -> Any:
    return _replaced(tensor, ~tensor.isfinite(), 0.0)


def _small(tensor: Any) -> float:
    return float(math.sqrt(torch.finfo(tensor.dtype).eps))


def _above(tensor: Any) -> Any:
    return _finite(tensor).abs() + 0.1


def _near_zero(tensor: Any) -> Any:
    finite = _finite(tensor)
    return finite / finite.abs().amax().clamp(min=1e-6) * 0.5 if finite.numel() else finite


REVIVED: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.RECTIFIER: _above,
    Kind.SQUASH: _near_zero,
    Kind.SOFTMAX: _near_zero,
    Kind.EXPONENTIAL: _near_zero,
}
"""What becomes of the source of the edge."""

FACTORS: Final = frozenset((Kind.PRODUCT, Kind.CONTRACTION, Kind.DIVISION))
"""Where gradient to one operand is a product with the others: those lose their zeros."""

LEFT_OUT: Final = frozenset((Kind.DROPOUT, Kind.CLAMP))
"""These let all through."""


def revived(tensor: Any, kind: Kind) -> Any:
    """The source of an edge where its op has a slope; its gradient goes on as it comes."""
    return linked(REVIVED[kind](tensor.detach()), tensor)


def revived_factor(tensor: Any) -> Any:
    """The other factor of a product, without its zeros."""
    filled = torch.where(tensor == 0, torch.ones_like(tensor), tensor)
    return linked(filled.detach(), tensor)


def revived_number(item: Any) -> Any:
    """The same for a number among the arguments."""
    return 1.0 if isinstance(item, (int, float)) and item == 0 else item


def _positive(tensor: Any) -> Any:
    small = _small(tensor)
    return _replaced(tensor, ~(tensor > small), small)


def _off_zero(tensor: Any) -> Any:
    small = _small(tensor)
    return _replaced(tensor, (tensor.abs() < small) | ~tensor.isfinite(), small)


def _size_off_zero(tensor: Any) -> Any:
    """A number below 0 has no root either."""
    return _off_zero(tensor.abs())


def _inside(tensor: Any) -> Any:
    edge = 1.0 - _small(tensor)
    inner = _replaced(_replaced(tensor, tensor > edge, edge), tensor < -edge, -edge)
    return _finite(inner)


def _bounded(tensor: Any) -> Any:
    edge = math.log(torch.finfo(tensor.dtype).max) / 4
    inner = _replaced(_replaced(tensor, tensor > edge, edge), tensor < -edge, -edge)
    return _finite(inner)


SAFE: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.LOG: _positive,
    Kind.ROOT: _size_off_zero,
    Kind.POWER: _size_off_zero,
    Kind.DIVISION: _off_zero,
    Kind.NORMALIZATION: _off_zero,
    Kind.INVERSE: _inside,
    Kind.EXPONENTIAL: _bounded,
}


_MATRIX: Final = frozenset(
    ("svd", "inverse", "pinverse", "cholesky", "det", "logdet", "slogdet", "qr", "matrix_power")
)


def safe(tensor: Any, kind: Kind, name: str = "") -> Any:
    """An operand that the op has a finite derivative at."""
    if not tensor.is_floating_point():
        return tensor
    move = SAFE.get(kind, _finite)
    if kind is Kind.INVERSE and tensor.dim() > 1 and _of_matrix(name):
        move = _apart
    return linked(move(tensor.detach()), tensor)


def _of_matrix(name: str) -> bool:
    return name.startswith("linalg_") or name in _MATRIX


def _apart(tensor: Any) -> Any:
    """A matrix that has no inverse, or values that are equal: its diagonal is moved unevenly."""
    finite = _finite(tensor)
    size = min(finite.shape[-2:])
    scale = finite.abs().amax().clamp(min=1e-3) if finite.numel() else finite.new_ones(())
    steps = torch.arange(1, size + 1, device=finite.device, dtype=finite.dtype) / max(size, 1)
    moved = finite.clone()
    moved.diagonal(dim1=-2, dim2=-1).add_(0.1 * scale * steps)
    return moved


def shifted_leaf(tensor: Any) -> Any:
    """Changed by about a hundredth of its size, by the same numbers every time."""
    if not tensor.is_floating_point():
        return tensor
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(tensor.shape, generator=generator, dtype=torch.float32)
    size = tensor.detach().float().square().mean().sqrt() if tensor.numel() else torch.tensor(0.0)
    size = size if bool(size > 0) else torch.ones_like(size)
    return tensor + (noise.to(tensor.device) * size * 0.01).to(tensor.dtype)
