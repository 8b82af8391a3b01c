"""What becomes of a program's variables, seen with plain torch: the claims of the pairs, checked
without whygrad.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)


@dataclass
class Seen:
    """One tensor that an optimizer held."""

    tensor: torch.Tensor
    before: torch.Tensor
    gradient: bool = False
    """It had a gradient other than zero when an optimizer stepped."""
    norm: float = 0.0
    """The largest norm that its gradient then had."""
    moved: bool = False
    rate: float = 0.0
    finite: bool = True
    stayed: float = 1.0
    """The smallest share of its entries that a step left as they were."""
    carried: bool = False
    """Its gradient still held the last step's when a backward began."""


class Watch:
    """Hooks on every optimizer and on backward; names of the program's functions."""

    def __init__(self, folder: Path) -> None:
        self.held: dict[int, Seen] = {}
        self.names: dict[str, Any] = {}
        self.nan_loss = False
        """Gradient was asked of a single number that was none."""
        self._folder = str(folder)

    def before(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        for group in optimizer.param_groups:
            for p in group["params"]:
                seen = self.held.setdefault(id(p), Seen(p, p))
                seen.before = p.detach().clone()
                seen.rate = max(seen.rate, float(group["lr"]))
                seen.gradient |= _nonzero(p.grad)
                if p.grad is not None:
                    seen.norm = max(seen.norm, float(p.grad.float().norm()))
                    seen.finite &= bool(p.grad.isfinite().all())

    def after(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        for group in optimizer.param_groups:
            for p in group["params"]:
                seen = self.held[id(p)]
                seen.gradient |= _nonzero(p.grad)  # made inside the closure of LBFGS
                seen.moved |= not torch.equal(seen.before, p.detach())
                stayed = (seen.before == p.detach()).float().mean()
                seen.stayed = min(seen.stayed, float(stayed))

    def backward(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def backward(*args: Any, **kwargs: Any) -> Any:
            for seen in self.held.values():
                seen.carried |= _nonzero(seen.tensor.grad)
            root = args[0] if args else None
            if isinstance(root, torch.Tensor) and root.numel() == 1:
                self.nan_loss |= bool(root.isnan())
            return real(*args, **kwargs)

        return backward

    def returned(self, frame: FrameType, event: str, arg: Any) -> None:
        """Outer functions return later, so that their names win."""
        if event == "return" and frame.f_code.co_filename.startswith(self._folder):
            self.names.update((n, v) for n, v in frame.f_locals.items() if n != "self")


def observe(script: Path, names: list[str]) -> dict[str, Any]:
    """Run a program and say of each named variable what became of it."""
    watch = Watch(script.parent)
    hooks = [
        register_optimizer_step_pre_hook(watch.before),
        register_optimizer_step_post_hook(watch.after),
    ]
    real = torch.autograd.backward
    torch.autograd.backward = watch.backward(real)  # type: ignore[assignment]
    path, main = sys.path[:], sys.modules["__main__"]
    module = ModuleType("__main__")
    module.__file__ = str(script)
    sys.modules["__main__"] = module
    sys.path.insert(0, str(script.parent))
    raised = None
    sys.setprofile(watch.returned)
    try:
        exec(compile(script.read_text(), str(script), "exec"), module.__dict__)
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
    finally:
        sys.setprofile(None)
        sys.modules["__main__"], sys.path[:] = main, path
        torch.autograd.backward = real
        for hook in hooks:
            hook.remove()
    found = dict(_tensors({**watch.names, **vars(module)}))
    return {"raised": raised, "variables": dict(_facts(found, watch, names))}


def _facts(
    found: dict[str, torch.Tensor], watch: Watch, names: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `.grad` of a non-leaf
        for name, tensor in found.items():
            if not any(fnmatchcase(name, pattern) for pattern in names):
                continue
            seen = watch.held.get(id(tensor))
            yield (
                name,
                {
                    "requires_grad": tensor.requires_grad,
                    "leaf": tensor.is_leaf,
                    "has_gradient": _nonzero(tensor.grad),
                    "held": seen is not None,
                    "gradient_at_step": bool(seen and seen.gradient),
                    "gradient_norm": seen.norm if seen else 0.0,
                    "moved": bool(seen and seen.moved),
                    "rate": seen.rate if seen else None,
                    "carried": bool(seen and seen.carried),
                    # A step that the loss scaler leaves out is not seen; the gradient is left.
                    "finite": (seen is None or seen.finite) and _finite(tensor.grad),
                    "nan_loss": watch.nan_loss,
                    "stayed": seen.stayed if seen else 1.0,
                },
            )


def _tensors(space: dict[str, Any]) -> Iterator[tuple[str, torch.Tensor]]:
    """Every tensor that can be reached from the program's names, under every name."""
    todo = [(name, value, 0) for name, value in space.items() if not name.startswith("__")]
    for name, value, depth in todo:
        if isinstance(value, torch.Tensor):
            yield name, value
            continue
        if depth < 8 and not isinstance(value, (type, ModuleType, torch.optim.Optimizer)):
            todo += [(_joined(name, k), v, depth + 1) for k, v in _members(value)]
        if depth == 0 and _has_model(value):  # `self.model` of a trainer is called `model`
            todo += [(str(k), v, 1) for k, v in _members(value)]


def _members(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, (list, tuple, set)):
        return list(enumerate(value))
    if isinstance(value, torch.nn.Module):
        own = [(k, v) for k, v in vars(value).items() if not k.startswith("_")]
        kept = (value._parameters, value._buffers, value._modules)
        return [item for part in kept for item in part.items()] + own
    if hasattr(value, "__dict__") and not callable(getattr(value, "__code__", None)):
        if type(value).__module__ in ("builtins", "torch", "numpy"):
            return []
        return list(vars(value).items())
    return []


def _has_model(value: Any) -> bool:
    return not isinstance(value, (torch.nn.Module, type, ModuleType, dict, list)) and any(
        isinstance(v, torch.nn.Module) for v in getattr(value, "__dict__", {}).values()
    )


def _joined(name: str, key: Any) -> str:
    return f"{name}.{key}"


def _finite(gradient: torch.Tensor | None) -> bool:
    return gradient is None or bool(gradient.isfinite().all())


def _nonzero(gradient: torch.Tensor | None) -> bool:
    return gradient is not None and bool(gradient.count_nonzero())
