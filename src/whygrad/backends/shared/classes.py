"""Whose a class is: the person's or an installed package's, and where its source stands."""

from __future__ import annotations

import inspect
import sys
from types import CodeType, FunctionType
from typing import Any

from whygrad.runtime.callsite import Callsites


class Classes:
    """Answers are kept: a model of a thousand layers has a dozen classes."""

    frameworks: tuple[str, ...] = ("keras", "tf_keras", "tensorflow")

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

    def is_frameworks(self, kind: type) -> bool:
        """Whether the class is the framework's own layer, or one of Keras."""
        return kind.__module__.partition(".")[0] in self.frameworks


def _file_of(kind: type) -> str | None:
    code = code_of(kind)
    if code is not None:
        return code.co_filename
    module = sys.modules.get(kind.__module__)
    return getattr(module, "__file__", None)


def code_of(kind: type) -> CodeType | None:
    """The code of a function written in the class's own body, if it has one."""
    for name in ("__init__", "forward", "call", "__call__", *vars(kind)):
        function: Any = inspect.unwrap(vars(kind).get(name, None), stop=_same) if name else None
        if not isinstance(function, FunctionType):
            continue
        # A dataclass's generated methods have a code object, but of no file.
        if function.__code__.co_filename.startswith("<string"):
            continue
        if function.__qualname__.startswith(kind.__qualname__):
            return function.__code__
    return None


def _same(function: Any) -> bool:
    return not callable(function)
