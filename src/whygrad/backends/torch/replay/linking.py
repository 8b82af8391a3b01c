"""Gradient led past what stops it: the numbers stay, and what arrives is handed on as it is."""

from __future__ import annotations

from typing import Any

import torch


class _Linked(torch.autograd.Function):
    """The value's own numbers; its gradient also goes to what it was made of."""

    @staticmethod
    def forward(ctx: Any, tensor: Any, source: Any, uneven: bool) -> Any:
        ctx.like = source.shape, source.dtype, source.device
        ctx.uneven = uneven
        return tensor.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (gradient,) = gradients
        shape, dtype, device = ctx.like
        onward = fitted(gradient, shape).to(dtype=dtype, device=device)
        if ctx.uneven:
            generator = torch.Generator().manual_seed(0)
            onward = onward * (0.5 + torch.rand(shape, generator=generator)).to(onward)
        return gradient, onward, None


def linked(tensor: Any, source: Any, *, uneven: bool = False) -> Any:
    """`tensor`, such that its gradient reaches `source` too; `uneven`, each entry of it weighted
    by a number of its own around 1.
    """
    usable = [t.is_floating_point() or t.is_complex() for t in (tensor, source)]
    if not all(usable) or not source.requires_grad:
        return tensor
    if tensor.layout is not torch.strided or source.layout is not torch.strided:
        return tensor
    return _Linked.apply(tensor, source, uneven)  # type: ignore[no-untyped-call]


def fitted(gradient: Any, shape: Any) -> Any:
    """A gradient of one shape made one of another: reshaped, summed up, or spread."""
    if gradient.shape == shape:
        return gradient
    if gradient.numel() == shape.numel():
        return gradient.reshape(shape)
    try:
        return gradient.sum_to_size(shape)
    except RuntimeError:
        pass
    try:
        return gradient.expand(shape)
    except RuntimeError:
        pass
    if gradient.dim() < len(shape) and gradient.shape == shape[: gradient.dim()]:
        # One result for each row, such as that of an argmax: all that the row holds gets it.
        return gradient.reshape(*gradient.shape, *(1,) * (len(shape) - gradient.dim())).expand(
            shape
        )
    return gradient.sum().expand(shape)
