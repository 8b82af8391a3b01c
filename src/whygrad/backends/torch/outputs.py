"""What modules give, and the gradient that comes back to it: small samples, summed up at the end.

Only a few steps are measured, and of each module's output about a thousand entries, copied while
the step runs and looked at together when it ends: one wait for the device a step.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import torch
from torch import nn

from whygrad.backends.torch.gradients import quiet
from whygrad.backends.torch.patches import Patches
from whygrad.backends.torch.sampling import SAMPLE, stride
from whygrad.model.report import ModuleRow, Spread
from whygrad.runtime.stepping import Stepping

_FLOATS = frozenset((torch.float32, torch.float64, torch.bfloat16, torch.float16))
_LAYERS = 4
"""So deep an output is searched for its first tensor: tuples of dicts of dataclasses."""


@dataclass(slots=True, eq=False)
class _Seen:
    """One module in the step that is measured."""

    ref: weakref.ref[Any]
    calls: int = 0
    asked: bool = False
    """Gradient can come back to the output that was sampled."""
    output: Any = None
    gradient: Any = None
    handle: Any = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A row to be, of the module of this name in the model of this number."""

    model: int
    name: str
    class_name: str
    step: int
    calls: int
    output: Spread | None
    gradient: Spread | None


class Outputs:
    """Keeps samples while a step is measured, and nothing of the person's alive."""

    def __init__(self, stepping: Stepping, fault: Callable[[BaseException], None]) -> None:
        self._stepping = stepping
        self.found: dict[tuple[int, str], Summary] = {}
        self._measuring = False
        self._seen: dict[int, _Seen] = {}
        self._places: dict[tuple[int, Any], Any] = {}
        self._fault = fault

    def install(self, patches: Patches) -> None:
        """Look at every module's call until the patches are undone.

        A global forward hook would do the same, but makes `torch.compile(module)` warn that
        hooks will fire twice (2.4 to 2.13), and that is the person's to be told or not.
        """
        patches.wrap(nn.Module, "__call__", self._on_call)
        patches.on_undo(self.drop)

    def begin(self, *, measured: bool) -> None:
        """A step begins."""
        self.drop()
        self._measuring = measured

    def drop(self) -> None:
        """Let go of the step, and take the hooks from nodes that backward never came to."""
        self._measuring = False
        for seen in self._seen.values():
            if seen.handle is not None:
                seen.handle.remove()
        self._seen.clear()
        self._places.clear()

    def end(self, step: int, named: Mapping[int, tuple[int, str]]) -> None:
        """Sum up the step. `named` gives model and name by the module's id."""
        if not self._measuring:
            return
        rows: dict[tuple[int, str], tuple[str, _Seen]] = {}
        for number, seen in self._seen.items():
            module, name = seen.ref(), named.get(number)
            if module is not None and name is not None:
                # DataParallel and its kind have the name of what they wrap, and finish later.
                rows.setdefault(name, (type(module).__name__, seen))
        with quiet():
            outputs = _spreads([seen.output for _, seen in rows.values()])
            gradients = _spreads([seen.gradient for _, seen in rows.values()])
        for (key, (kind, seen)), output, gradient in zip(
            rows.items(), outputs, gradients, strict=True
        ):
            self.found.pop(key, None)
            self.found[key] = Summary(*key, kind, step, seen.calls, output, gradient)
        self.drop()

    def rows(self, names: Mapping[int, str]) -> Iterator[ModuleRow]:
        """Rows of the models that take part."""
        for each in self.found.values():
            model = names.get(each.model)
            if model is not None:
                name = f"{model}.{each.name}" if each.name else model
                yield ModuleRow(
                    name, each.class_name, each.step, each.calls, each.output, each.gradient
                )

    def _on_call(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            out = original(module, *args, **kwargs)
            if self._measuring:
                try:
                    self._called(module, out)
                except Exception as error:
                    self._fault(error)
            return out

        return call

    def _called(self, module: nn.Module, out: Any) -> None:
        seen = self._seen.get(id(module))
        if seen is None or seen.ref() is not module:
            seen = self._seen[id(module)] = _Seen(weakref.ref(module))
        if not self._stepping.in_backward:  # checkpointing calls it there again
            seen.calls += 1
        if seen.asked or _occupied():
            return
        with torch._C.DisableTorchFunction():
            tensor = out if type(out) is torch.Tensor else _first_tensor(out)
            if tensor is None or tensor.dtype not in _FLOATS or not _readable(tensor):
                return
            asks = tensor.requires_grad
            if seen.output is not None and not asks:
                return
            seen.output = self._sample(tensor)
            node = tensor.grad_fn
            if node is not None:
                seen.asked = True
                seen.handle = self._await(seen, node, tensor.output_nr)

    def _await(self, seen: _Seen, node: Any, number: int) -> Any:
        """Look at the gradient as it comes to the node that made the output.

        A hook on the tensor would show in its `_backward_hooks` and would move on to another node
        when the output is written to; one on the node is seen by nobody, and sees the gradient of
        what the module gave even where a ReLU in place follows.
        """

        def arrives(gradients: tuple[Any, ...]) -> None:
            gradient = gradients[number]
            if not self._measuring or seen.gradient is not None:
                return
            if type(gradient) is not torch.Tensor or not _readable(gradient) or _occupied():
                return
            try:
                with torch._C.DisableTorchFunction():
                    seen.gradient = self._sample(gradient)
            except Exception as error:
                self._fault(error)

        return node.register_prehook(arrives)

    def _sample(self, tensor: Any) -> Any:
        """Copy an even sample. The call is one small op, whatever the tensor's size and layout."""
        count = tensor.numel()
        key = (count, tensor.device)
        # The context manager `torch.no_grad()` costs as much as the copy.
        grad = torch.is_grad_enabled()
        torch._C._set_grad_enabled(False)
        try:
            places = self._places.get(key)
            if places is None:
                step = stride(count)
                last = min(count, SAMPLE * step)
                places = torch.arange(0, last, step, device=tensor.device)
                self._places[key] = places
            return torch.take(tensor, places)
        finally:
            torch._C._set_grad_enabled(grad)


def _occupied() -> bool:
    """Whether somebody traces, transforms or captures, and would find our ops among theirs."""
    return bool(
        torch._C._len_torch_dispatch_stack()
        or torch._C._get_tracing_state() is not None
        or torch._C._functorch.peek_interpreter_stack() is not None
    )


def _readable(tensor: Any) -> bool:
    if tensor.layout is not torch.strided or tensor.is_meta or not tensor.numel():
        return False
    return not (tensor.is_cuda and torch.cuda.is_current_stream_capturing())


def _first_tensor(out: Any) -> Any:
    """The first floating tensor of what a module gave: a tuple, a dict, a dataclass."""
    todo = [(out, 0)]
    while todo:
        item, depth = todo.pop()
        if type(item) in (torch.Tensor, nn.Parameter):
            if item.is_floating_point():
                return item
        elif depth < _LAYERS:
            todo += [(each, depth + 1) for each in reversed(_members(item))]
    return None


def _members(item: Any) -> list[Any]:
    if isinstance(item, (tuple, list)):
        return list(item[:8])
    if isinstance(item, dict):
        return list(item.values())[:8]
    if is_dataclass(item) and not isinstance(item, type):
        return [getattr(item, field.name, None) for field in fields(item)][:8]
    return []


def _spreads(samples: list[Any]) -> list[Spread | None]:
    """Sum up samples; those of one length together."""
    result: list[Spread | None] = [None] * len(samples)
    groups: dict[tuple[Any, Any, int], list[int]] = {}
    for place, sample in enumerate(samples):
        if sample is not None:
            groups.setdefault((sample.dtype, sample.device, sample.numel()), []).append(place)
    for places in groups.values():
        # Not every accelerator has float64.
        rows = torch.stack([samples[place] for place in places]).cpu().double()
        for place, numbers in zip(places, _numbers(rows), strict=True):
            result[place] = Spread(*(float(f"{number:.6g}") for number in numbers))
    return result


def _numbers(rows: Any) -> list[list[float]]:
    finite = rows.isfinite()
    counts = finite.sum(1).clamp(min=1)
    usable = rows.where(finite, torch.zeros((), dtype=rows.dtype))
    mean = usable.sum(1) / counts
    square = usable.square().sum(1) / counts
    std = (square - mean.square()).clamp(min=0).sqrt()
    zeros = (rows == 0).double().mean(1)
    bad = 1 - finite.double().mean(1)
    numbers: list[list[float]] = torch.stack([square.sqrt(), mean, std, zeros, bad], 1).tolist()
    return numbers
