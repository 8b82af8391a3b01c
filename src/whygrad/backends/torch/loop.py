"""What the training loop does: builds, clears, differentiates, steps. Each event is passed on.

The framework's functions are wrapped, so nothing is seen twice and exceptions pass through
as they were; whatever a listener does wrong is its own business (it guards itself).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NamedTuple, Protocol

import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from whygrad.backends.keras import updating
from whygrad.backends.torch.patches import Patches


class Asked(NamedTuple):
    """What a backward was called with."""

    roots: tuple[Any, ...]
    inputs: Any
    """None for all leaves."""
    kept: bool
    """The graph stays for another backward."""
    gradients: Any = None
    create: bool = False
    grad: bool = False
    """It is `autograd.grad`, which gives the gradients to its caller."""


class Listener(Protocol):
    """Who wants to know. Frames are those of the caller; none is kept."""

    active: bool

    def built(self, optimizer: Any, frame: FrameType) -> None: ...
    def added_group(self, optimizer: Any, frame: FrameType) -> None: ...
    def clearing(self, owner: Any, frame: FrameType) -> None: ...
    def cleared(self, owner: Any, frame: FrameType) -> None: ...
    def backward_begins(self, asked: Asked, frame: FrameType) -> None: ...
    def backward_ends(self, error: BaseException | None) -> None: ...
    def step_begins(self, optimizer: Any, closure: Any, frame: FrameType) -> Any: ...
    def step_ends(self, optimizer: Any) -> None: ...
    def scheduled(self, scheduler: Any, frame: FrameType) -> None: ...
    def skipped(self, optimizer: Any, scale: float, frame: FrameType) -> None: ...


_OPTIMIZER_FILE = sys.modules[torch.optim.Optimizer.__module__].__file__

Maker = Callable[[Callable[..., Any]], Callable[..., Any]]


def install(patches: Patches, listener: Listener) -> None:
    """Wrap everything that a training loop calls."""
    optimizer, scheduler = torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler
    patches.wrap(optimizer, "__init__", _outer(listener, listener.built))
    patches.wrap(optimizer, "add_param_group", _after(listener, listener.added_group))
    patches.wrap(optimizer, "zero_grad", _around(listener))
    patches.wrap(torch.nn.Module, "zero_grad", _around(listener))
    patches.wrap(scheduler, "step", _after(listener, listener.scheduled))
    _install_backward(patches, listener)
    _install_scaler(patches, listener)
    for handle in (
        register_optimizer_step_pre_hook(_pre_hook(listener)),
        register_optimizer_step_post_hook(_post_hook(listener)),
    ):
        patches.on_undo(handle.remove)


def _after(listener: Listener, tell: Callable[[Any, FrameType], None]) -> Maker:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(self, *args, **kwargs)
            if listener.active:
                tell(self, sys._getframe(1))
            return result

        return call

    return make


def _outer(listener: Listener, tell: Callable[[Any, FrameType], None]) -> Maker:
    """Like `_after`, for a constructor that calls other watched methods of its own object."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            original(self, *args, **kwargs)
            if listener.active:
                tell(self, sys._getframe(1))

        return call

    return make


def _around(listener: Listener) -> Maker:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not listener.active:
                return original(self, *args, **kwargs)
            listener.clearing(self, sys._getframe(1))
            result = original(self, *args, **kwargs)
            if listener.active:
                listener.cleared(self, sys._getframe(1))
            return result

        return call

    return make


def _install_backward(patches: Patches, listener: Listener) -> None:
    """Wrap `backward`, `grad`, and the engine beneath for those who imported them by name."""
    depth = [0]

    def watched(original: Callable[..., Any], roots_of: Any) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if depth[0] or not listener.active:
                return original(*args, **kwargs)
            # `autograd.grad(loss, model.parameters())`: a generator can be read but once.
            args = tuple(_lasting(each) for each in args)
            kwargs = {name: _lasting(each) for name, each in kwargs.items()}
            listener.backward_begins(roots_of(*args, **kwargs), sys._getframe(1))
            error: BaseException | None = None
            depth[0] += 1
            try:
                return original(*args, **kwargs)
            except BaseException as raised:
                error = raised
                raise
            finally:
                depth[0] -= 1
                if listener.active:
                    listener.backward_ends(error)

        return call

    autograd = torch.autograd
    # Outermost, where no mode is set aside: `Tensor.backward` passes through the modes, and a
    # mode taken off the stack while torch has it in hand would be put back.
    patches.wrap(torch.Tensor, "backward", lambda o: watched(o, _tensor_roots))
    patches.wrap(autograd, "backward", lambda o: watched(o, _backward_roots))
    patches.wrap(autograd, "grad", lambda o: watched(o, _grad_roots))
    if hasattr(autograd, "_engine_run_backward"):  # a private name, there since torch 2.3
        patches.wrap(autograd, "_engine_run_backward", lambda o: watched(o, _engine_roots))


def _lasting(argument: Any) -> Any:
    return tuple(argument) if isinstance(argument, Iterator) else argument


def _tuple(tensors: Any) -> tuple[Any, ...]:
    if isinstance(tensors, torch.Tensor) or not hasattr(tensors, "__iter__"):
        return (tensors,)
    return tuple(tensors)


def _tensor_roots(
    tensor: Any,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> Asked:
    kept = bool(create_graph if retain_graph is None else retain_graph)
    return Asked(
        (tensor,), None if inputs is None else _tuple(inputs), kept, gradient, create_graph
    )


def _backward_roots(
    tensors: Any = (),
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> Asked:
    kept = bool(create_graph if retain_graph is None else retain_graph)
    wanted = None if inputs is None else _tuple(inputs)
    return Asked(_tuple(tensors), wanted, kept, grad_tensors, create_graph)


def _grad_roots(
    outputs: Any = (),
    inputs: Any = (),
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    *args: Any,
    **kwargs: Any,
) -> Asked:
    kept = bool(create_graph if retain_graph is None else retain_graph)
    return Asked(_tuple(outputs), _tuple(inputs), kept, grad_outputs, create_graph, True)


def _engine_roots(
    tensors: Any, gradients: Any, keep: bool, create: bool, inputs: Any = (), *args: Any, **kw: Any
) -> Asked:
    wanted = _tuple(inputs) or None
    return Asked(_tuple(tensors), wanted, bool(keep), gradients, bool(create), wanted is not None)


def _install_scaler(patches: Patches, listener: Listener) -> None:
    """A scaler that meets an infinite gradient does not call the optimizer's step at all."""
    scaler = torch.amp.GradScaler

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
            ran: list[bool] = []
            handle = None
            if listener.active and hasattr(optimizer, "register_step_post_hook"):
                handle = optimizer.register_step_post_hook(lambda *_: ran.append(True))
            try:
                result = original(self, optimizer, *args, **kwargs)
            finally:
                if handle is not None:
                    handle.remove()
            if handle is not None and not ran and listener.active:
                listener.skipped(optimizer, self.get_scale(), sys._getframe(1))
            return result

        return call

    patches.wrap(scaler, "step", make)


def in_step(frame: FrameType | None) -> bool:
    """Whether an optimizer's step is on the stack."""
    if updating.in_step(frame):
        return True
    while frame is not None:
        code = frame.f_code
        if code.co_name == "wrapper" and code.co_filename == _OPTIMIZER_FILE:
            return True
        frame = frame.f_back
    return False


def _pre_hook(listener: Listener) -> Any:
    def hook(optimizer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not listener.active:
            return None
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        wrapped = listener.step_begins(optimizer, closure, sys._getframe(1))
        if closure is None or wrapped is closure or wrapped is None:
            return None
        if "closure" in kwargs:
            return args, {**kwargs, "closure": wrapped}
        return (args[0], wrapped, *args[2:]), kwargs

    return hook


def _post_hook(listener: Listener) -> Any:
    def hook(optimizer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if listener.active:
            listener.step_ends(optimizer)

    return hook
