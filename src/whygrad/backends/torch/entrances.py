"""The few ways into and out of a tensor that torch tells no function mode of, patched.

`nn.Parameter(t)`, `Variable(t)`, `from_numpy`, `inference_mode` and `Function.apply` (2.4 to
2.13). Everything is put back exactly as it was.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.utils import hooks as torch_hooks

from whygrad.backends.torch import functions
from whygrad.backends.torch.patches import Patches

if TYPE_CHECKING:
    from whygrad.backends.torch.tape import Tape

_COMPILED = "Code under torch.compile ran uncompiled while it was observed."
_MAYBE_COMPILED = (
    "Code under torch.compile may have run compiled (this torch cannot be told otherwise; 2.6 can):"
    " what runs inside it is not seen."
)


class Entrances:
    """Opens and closes them."""

    def __init__(self, tape: Tape, say: Callable[[str], None]) -> None:
        self.tape = tape
        self.say = say
        self.patches = Patches()

    def open(self) -> None:
        """Put the patches in place."""
        self._constructors()
        self._inference()
        self._custom_functions()
        self._compile()
        self._fast_paths()
        self._autocast()
        for name in ("from_numpy", "frombuffer"):
            self.patches.wrap(torch, name, functools.partial(self._from_memory, name))

    def close(self) -> None:
        """Undo all."""
        self.patches.undo()

    def _constructors(self) -> None:
        for cls, name in ((torch.nn.Parameter, "Parameter"), (torch.autograd.Variable, "Variable")):
            original: Any = cls.__new__
            own = vars(cls).get("__new__")
            make = self._wrapping(original, name)
            cls.__new__ = functools.wraps(original)(make)  # type: ignore[method-assign]
            self.patches.on_undo(functools.partial(_put_back, cls, "__new__", own))

    def _wrapping(self, original: Callable[..., Any], name: str) -> Callable[..., Any]:
        tape = self.tape

        def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
            made = original(cls, *args, **kwargs)
            data = args[0] if args else kwargs.get("data")
            tape.wrapped(name, data, made, sys._getframe(1))
            return made

        return new

    def _from_memory(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        tape = self.tape

        def read(*args: Any, **kwargs: Any) -> Any:
            out = original(*args, **kwargs)
            tape.came_in(name, args, kwargs, out, sys._getframe(1))
            return out

        return read

    def _inference(self) -> None:
        tape = self.tape

        def entering(original: Callable[..., Any]) -> Callable[..., Any]:
            def enter(manager: Any) -> Any:
                was = torch.is_grad_enabled()
                out = original(manager)
                if manager.mode:
                    tape.regions.entered(manager, "inference_mode", was, sys._getframe(1))
                return out

            return enter

        def leaving(original: Callable[..., Any]) -> Callable[..., Any]:
            def leave(manager: Any, *args: Any) -> Any:
                out = original(manager, *args)
                tape.regions.exited(manager)
                return out

            return leave

        self.patches.wrap(torch.inference_mode, "__enter__", entering)
        self.patches.wrap(torch.inference_mode, "__exit__", leaving)

    def _autocast(self) -> None:
        tape = self.tape

        def noting(original: Callable[..., Any]) -> Callable[..., Any]:
            def switch(*args: Any) -> Any:
                out = original(*args)
                if tape.capture.on:
                    tape.capture.switched(len(tape.records))
                return out

            return switch

        self.patches.wrap(torch.autocast, "__enter__", noting)
        self.patches.wrap(torch.autocast, "__exit__", noting)

    def _custom_functions(self) -> None:
        tape = self.tape
        base = torch.autograd.Function
        original = vars(base)["apply"]

        def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
            return functions.applied(tape, original.__get__(None, cls), cls, args, kwargs)

        base.apply = classmethod(functools.wraps(original.__func__)(apply))  # type: ignore[method-assign, assignment]
        self.patches.on_undo(functools.partial(_put_back, base, "apply", original))

        def after_hooks(original: Callable[..., Any]) -> Callable[..., Any]:
            def set_user_hook(owner: Any, node: Any) -> Any:
                out = original(owner, node)
                functions.watch_module_hook(tape, node)
                return out

            return set_user_hook

        self.patches.wrap(torch_hooks.BackwardHook, "_set_user_hook", after_hooks)

    def _compile(self) -> None:
        """Run compiled code eagerly, but only once the person compiles: dynamo is slow to load."""
        done: list[Any] = []

        def uncompiled() -> None:
            if not hasattr(torch.compiler, "set_stance"):
                # torch 2.4.1: dynamo steps aside while a function mode is on. Not relied on.
                self.say(_MAYBE_COMPILED)
            elif not done:
                done.append(torch.compiler.set_stance("force_eager"))
                self.patches.on_undo(functools.partial(done[0].__exit__, None, None, None))
                self.say(_COMPILED)

        def compiling(original: Callable[..., Any]) -> Callable[..., Any]:
            def compile(*args: Any, **kwargs: Any) -> Any:
                out = original(*args, **kwargs)
                uncompiled()
                return out

            return compile

        self.patches.wrap(torch, "compile", compiling)

    def _fast_paths(self) -> None:
        """Let attention layers choose the kernel that they would choose unobserved.

        They ask `torch.overrides.has_torch_function`, which any active mode makes true.
        """
        from torch import overrides

        def asking(original: Callable[..., Any]) -> Callable[..., Any]:
            def has_torch_function(arguments: Any) -> Any:
                if torch._C._len_torch_function_stack() != 1 or not self.tape.installed:
                    return original(arguments)
                return any(_overrides(a) for a in arguments)

            return has_torch_function

        self.patches.wrap(overrides, "has_torch_function", asking)


def _overrides(argument: Any) -> bool:
    method = getattr(type(argument), "__torch_function__", None)
    if method is None or type(argument) in (torch.Tensor, torch.nn.Parameter):
        return False
    return method is not torch._C._disabled_torch_function_impl


def _put_back(owner: Any, name: str, own: Any) -> None:
    if own is None:
        delattr(owner, name)
    else:
        setattr(owner, name, own)
