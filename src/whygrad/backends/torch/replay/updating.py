"""One update by an optimiser like the person's, of copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from whygrad.backends.keras import updating
from whygrad.backends.torch import keras3
from whygrad.flow.replaying import CannotReplayError, Update


def updates(
    update: Update, optimizer: Any, tensors: Mapping[int, Any], gradients: Mapping[int, Any]
) -> dict[int, float]:
    """Norm of what an optimiser's first step changes of each value. `optimizer` is only read."""
    dtype = getattr(torch, update.dtype, None) if update.dtype else None
    copies: dict[int, Any] = {}
    for value, tensor in tensors.items():
        gradient = gradients.get(value)
        wanted = dtype or (tensor.dtype if tensor.is_floating_point() else None)
        copy = tensor.detach().to(wanted, copy=True).requires_grad_()
        copy.grad = None if gradient is None else gradient.detach().to(copy.dtype).clone()
        copies[value] = copy
    before = {value: copy.detach().clone() for value, copy in copies.items()}
    if not copies:
        return {}
    like = _like(update, optimizer, tensors, copies)
    try:
        like.step()
    except TypeError:  # LBFGS asks for a closure: the gradients stay as they are
        like.step(lambda: torch.zeros(()))
    return {
        value: float((copy.detach() - before[value]).float().norm())
        for value, copy in copies.items()
    }


def _like(
    update: Update, optimizer: Any, tensors: Mapping[int, Any], copies: Mapping[int, Any]
) -> Any:
    """An optimiser of the same class and settings over the copies, group by group."""
    if update.like is None:
        return torch.optim.SGD(list(copies.values()), lr=update.rate or 1e-2)
    if optimizer is None:
        raise CannotReplayError("its optimizer is gone")
    if not hasattr(optimizer, "param_groups"):
        like = keras3.twin(optimizer, list(copies.values()), update.rate or _set_rate(optimizer))
        if like is None:
            raise CannotReplayError("PyTorch has no optimizer like its own")
        return like
    groups: dict[int, list[Any]] = {}
    held = {id(p): i for i, g in enumerate(optimizer.param_groups) for p in g["params"]}
    for value, copy in copies.items():
        groups.setdefault(held.get(id(tensors[value]), 0), []).append(copy)
    made = []
    for index, members in groups.items():
        options = {k: v for k, v in optimizer.param_groups[index].items() if k != "params"}
        if update.rate is not None:
            options["lr"] = update.rate
        elif isinstance(options.get("lr"), torch.Tensor):
            options["lr"] = float(options["lr"])
        made.append({**options, "params": members})
    try:
        like = type(optimizer)(made, **_required(optimizer, made[0]))
    except Exception as error:
        name = type(optimizer).__name__
        raise CannotReplayError(f"no second {name} could be built: {error}") from None
    return like


def _set_rate(optimizer: Any) -> float | None:
    """Of an optimizer of Keras, the rate that it was given, where that is a number."""
    return updating.Rates().of(optimizer)


def _required(optimizer: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """A rate, for optimizers that demand one although every group has its own."""
    return {"lr": options["lr"]} if "lr" in options else {}
