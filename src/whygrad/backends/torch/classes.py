"""Whose a class is: the person's or an installed package's, and where its source stands."""

from __future__ import annotations

import inspect
import sys
from types import CodeType, FunctionType
from typing import Any

import torch
from torch import nn

from whygrad.backends.keras import parts
from whygrad.runtime.callsite import Callsites

CONTAINERS: tuple[type, ...] = (
    nn.Sequential,
    nn.ModuleList,
    nn.ModuleDict,
    nn.ParameterList,
    nn.ParameterDict,
)
"""What torch offers to hold members in; whoever fills one is the maker of the members."""

_WRAPPERS: dict[str, frozenset[str]] = {
    "DataParallel": frozenset({"module"}),
    "DistributedDataParallel": frozenset({"module"}),
    "OptimizedModule": frozenset({"_orig_mod"}),
    "FullyShardedDataParallel": frozenset({"_fsdp_wrapped_module"}),
    "CheckpointWrapper": frozenset({"_checkpoint_wrapped_module"}),
    "AveragedModel": frozenset({"module"}),
}


def wrapped_name(kind: type, key: str) -> bool:
    """Whether `key` is the name under which a torch wrapper keeps the person's module."""
    module = kind.__module__.partition(".")[0]
    return module == "torch" and key in _WRAPPERS.get(kind.__name__, ())


class Classes:
    """Answers are kept: a model of a thousand layers has a dozen classes."""

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites
        self._person: dict[type, bool] = {}

    def is_person(self, kind: type) -> bool:
        """Whether the class is written in the person's own code."""
        known = self._person.get(kind)
        if known is None:
            filename = _file_of(kind)
            known = filename is not None and self.callsites.is_person(filename)
            self._person[kind] = known
        return known

    def is_torch(self, kind: type) -> bool:
        """Whether the class is torch's own layer, or one of Keras."""
        return kind.__module__.partition(".")[0] in ("torch", "keras")


def is_container(held: Any) -> bool:
    """Whether it only holds members for whoever filled it."""
    return isinstance(held, CONTAINERS) or parts.is_container(type(held))


def _file_of(kind: type) -> str | None:
    code = code_of(kind)
    if code is not None:
        return code.co_filename
    module = sys.modules.get(kind.__module__)
    return getattr(module, "__file__", None)


def code_of(kind: type) -> CodeType | None:
    """The code of a function written in the class's own body, if it has one."""
    first: CodeType | None = None
    for name in ("__init__", "forward", *vars(kind)):
        function: Any = inspect.unwrap(vars(kind).get(name, None), stop=_same) if name else None
        if not isinstance(function, FunctionType):
            continue
        # A dataclass's generated methods have a code object, but of no file.
        if function.__code__.co_filename.startswith("<string"):
            continue
        if function.__qualname__.startswith(kind.__qualname__):
            first = function.__code__
            break
    return first


def _same(function: Any) -> bool:
    return not callable(function)


def parameterless(module: torch.nn.Module) -> bool:
    """Whether a module holds no tensor at all by itself, like an activation."""
    return not module._parameters and not module._buffers
