"""The next wider dtype, for tensors and for the dtypes that calls name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import torch

WIDER: Final[Mapping[Any, Any]] = {
    torch.float16: torch.float32,
    torch.bfloat16: torch.float32,
    torch.float32: torch.float64,
    torch.complex64: torch.complex128,
}

_CALLS: Final[Mapping[str, Any]] = {
    "half": torch.Tensor.float,
    "bfloat16": torch.Tensor.float,
    "float": torch.Tensor.double,
}


def widened_call(func: Callable[..., Any]) -> Callable[..., Any]:
    """`t.half()` and the like, to the next wider dtype."""
    wider: Callable[..., Any] = _CALLS.get(getattr(func, "__name__", ""), func)
    return wider


def drawing(func: Callable[..., Any]) -> Callable[..., Any]:
    """Has random numbers drawn on a tensor as the step drew them: other dtypes, other numbers."""

    def draw(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else kwargs.get("tensor")
        if not isinstance(first, torch.Tensor) or first.dtype is not torch.float64:
            return func(*args, **kwargs)
        narrow = first.detach().float()
        if args:
            func(narrow, *args[1:], **kwargs)
        else:
            func(**{**kwargs, "tensor": narrow})
        with torch.no_grad():
            return first.copy_(narrow)

    return draw


_A = TypeVar("_A")


def widened(tensor: Any) -> Any:
    """The tensor in the next wider dtype, if there is one."""
    wider = WIDER.get(tensor.dtype)
    return tensor if wider is None else tensor.to(wider)


def widened_dtypes(arguments: _A) -> _A:
    """Arguments in which a dtype is named, with the next wider one."""
    if isinstance(arguments, dict):
        return {k: _wider(a) for k, a in arguments.items()}  # type: ignore[return-value]
    return [_wider(a) for a in arguments]  # type: ignore[return-value, attr-defined]


def _wider(item: Any) -> Any:
    return WIDER.get(item, item) if isinstance(item, torch.dtype) else item
