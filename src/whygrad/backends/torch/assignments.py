"""Where the person's code put a tensor, a layer or a container into a model, and when.

Only `nn.Module`'s own ways of taking something are watched, and only while observing.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch import nn

from whygrad.backends.keras import parts
from whygrad.backends.torch.patches import Patches
from whygrad.runtime.callsite import Callsites

FLAG_TYPOS = frozenset(
    {
        "require_grad",
        "require_grads",
        "requires_grads",
        "requires_gradient",
        "requires_gradients",
        "require_gradient",
        "required_grad",
        "requiresgrad",
        "requires_Grad",
        "require_gard",
        "requires_gard",
        "reqires_grad",
        "requries_grad",
        "trainable",
    }
)
"""Attributes that people set on a tensor or a module in place of a tensor's `requires_grad`."""

OWNER_TYPOS = FLAG_TYPOS | {"requires_grad"}
_WATCHED = OWNER_TYPOS | parts.TYPOS


KEPT = 8
"""How many assignments to one name are kept: the first, and the latest."""


class Assignment(NamedTuple):
    """One time that a name of a module was given something worth watching."""

    place: int
    moment: int
    in_call: bool
    value: int
    parameter: bool


@dataclass(slots=True, eq=False)
class Born:
    """A tensor that became a parameter of a module while some model's forward was running."""

    module: weakref.ref[Any]
    name: str
    tensor: weakref.ref[Any]
    place: int


class Assignments:
    """Keeps places as numbers, and nothing of the person's alive."""

    def __init__(
        self,
        callsites: Callsites,
        active: Callable[[], bool],
        fault: Callable[[BaseException], None],
    ) -> None:
        self.callsites = callsites
        self.dirty = True
        self.born: list[Born] = []
        self._active = active
        self._fault = fault
        self._moments = count(1)
        self._first_built: int | None = None
        self._modules: dict[int, weakref.ref[Any]] = {}
        self._given: dict[int, dict[str, list[Assignment]]] = {}
        self._frozen: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._hooked: dict[int, tuple[weakref.ref[Any], int]] = {}

    def now(self) -> int:
        """A moment that can be compared with those of assignments."""
        return next(self._moments)

    def optimizer_built(self) -> int:
        """An optimizer was just built; what is assigned later, it cannot know."""
        moment = self.now()
        if self._first_built is None:
            self._first_built = moment
        return moment

    def built_before(self, assignment: Assignment) -> bool:
        """Whether an optimizer had been built by then."""
        return self._first_built is not None and self._first_built < assignment.moment

    def modules(self) -> Iterator[nn.Module]:
        """All modules that were made while observing and still live, in the order made."""
        for key, ref in list(self._modules.items()):
            module = ref()
            if module is None:
                del self._modules[key]
                self._given.pop(key, None)
            else:
                yield module

    def of(self, holder: Any, name: str) -> list[Assignment]:
        """What was given to `holder.name`, in order."""
        ref = self._modules.get(id(holder))
        if ref is None or ref() is not holder:
            return []
        return self._given.get(id(holder), {}).get(name, [])

    def once_parameter(self, holder: Any, name: str) -> bool:
        """Whether the person has put something else where a parameter was registered."""
        given = self.of(holder, name)
        if len(given) < 2 or not given[0].parameter or given[-1].parameter:
            return False
        return self.callsites.sites[given[-1].place].library is None

    def first_place(self, module: Any) -> int:
        """Where the module was made: the place of the first thing that it was given."""
        ref = self._modules.get(id(module))
        given = self._given.get(id(module), {}) if ref is not None and ref() is module else {}
        firsts = [each[0] for each in given.values() if each]
        return min(firsts, key=lambda a: a.moment).place if firsts else 0

    def frozen(self, tensor: Any) -> int:
        """Where `requires_grad` was last made False, or 0."""
        known = self._frozen.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else 0

    def hooked(self, tensor: Any) -> int:
        """Where a hook was last put on the tensor, or 0."""
        known = self._hooked.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else 0

    def flagged(self, tensor: Any, frame: FrameType | None) -> None:
        """`requires_grad` of a tensor was just set."""
        if not self._active():
            return
        if not tensor.requires_grad:
            self._frozen[id(tensor)] = (weakref.ref(tensor), self.callsites.capture(frame))
        else:
            self._frozen.pop(id(tensor), None)

    def install(self, patches: Patches) -> None:
        """Watch `nn.Module` until the patches are undone."""
        patches.wrap(nn.Module, "__init__", self._on_init)
        patches.wrap(nn.Module, "__setstate__", self._on_init)
        patches.wrap(nn.Module, "__setattr__", self._on_setattr)
        patches.wrap(nn.Module, "__delattr__", self._on_delattr)
        patches.wrap(torch.Tensor, "register_hook", self._on_hook)
        for name in ("register_parameter", "register_buffer", "add_module"):
            patches.wrap(nn.Module, name, self._on_register)

    def _on_hook(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(tensor: Any, *args: Any, **kwargs: Any) -> Any:
            handle = original(tensor, *args, **kwargs)
            if self._active() and tensor.is_leaf:
                place = self.callsites.capture(sys._getframe(1))
                self._hooked[id(tensor)] = (weakref.ref(tensor), place)
            return handle

        return call

    def _on_init(self, original: Callable[..., None]) -> Callable[..., None]:
        def call(module: nn.Module, *args: Any, **kwargs: Any) -> None:
            if self._active():
                self._track(module)
            original(module, *args, **kwargs)

        return call

    def _track(self, module: nn.Module) -> None:
        known = self._modules.pop(id(module), None)
        if known is None or known() is not module:
            self._given[id(module)] = {}
        self._modules[id(module)] = weakref.ref(module)
        self.dirty = True

    def _on_setattr(self, original: Callable[..., None]) -> Callable[..., None]:
        scalars = (bool, int, float, str, type(None))

        def call(module: nn.Module, name: str, value: Any) -> None:
            original(module, name, value)
            if type(value) in scalars and name not in _WATCHED:
                return
            if self._active():
                self._note(module, name, value, sys._getframe(1))

        return call

    def _on_register(self, original: Callable[..., None]) -> Callable[..., None]:
        def call(module: nn.Module, name: str, value: Any, *args: Any, **kwargs: Any) -> None:
            original(module, name, value, *args, **kwargs)
            if self._active():
                self._note(module, name, value, sys._getframe(1))

        return call

    def _on_delattr(self, original: Callable[..., None]) -> Callable[..., None]:
        def call(module: nn.Module, name: str) -> None:
            original(module, name)
            self.dirty = True

        return call

    def _note(self, module: nn.Module, name: str, value: Any, frame: FrameType) -> None:
        try:
            self._keep(module, name, value, frame)
        except Exception as error:
            self._fault(error)

    def _keep(self, module: nn.Module, name: str, value: Any, frame: FrameType) -> None:
        if id(module) not in self._modules:
            self._track(module)
        given = self._given[id(module)].setdefault(name, [])
        # `__setattr__` of a Parameter goes on to `register_parameter`: one assignment, seen twice.
        if given and given[-1].value == id(value):
            return
        in_call = inside_forward(frame)
        place = self.callsites.capture(frame)
        parameter = isinstance(value, nn.Parameter)
        given.append(Assignment(place, next(self._moments), in_call, id(value), parameter))
        if len(given) > KEPT:
            del given[1]
        # A module that torch.jit is still putting together has no `_buffers` yet.
        if len(given) > 1 and name in vars(module).get("_buffers", ()):
            return  # running statistics: the buffer of that name goes on
        self.dirty = True
        if in_call and isinstance(value, nn.Parameter):
            self.born.append(Born(weakref.ref(module), name, weakref.ref(value), place))


_CALLS = frozenset({"_call_impl", "_wrapped_call_impl", "forward"})


def inside_forward(frame: FrameType | None) -> bool:
    """Whether a module's call is on the stack. Asked only when something is made or assigned."""
    while frame is not None:
        if frame.f_code.co_name in _CALLS and "self" in frame.f_code.co_varnames:
            return True
        frame = frame.f_back
    return False
