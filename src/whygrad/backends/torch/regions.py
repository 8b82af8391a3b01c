"""Stretches of the program without gradient: where each began, kept as they open and close.

torch tells a function mode of every `torch._C._set_grad_enabled`, so `no_grad`, `enable_grad`
and `set_grad_enabled` need no patch (2.4 to 2.13). `inference_mode` does.
"""

from __future__ import annotations

import inspect
from types import CodeType, FrameType
from typing import Any, NamedTuple

from whygrad.flow.graph import Region
from whygrad.model.source import SourceLocation
from whygrad.runtime.callsite import Callsites
from whygrad.runtime.expressions import decorator_span, text_of


class Opened(NamedTuple):
    """A region as it was met; the place is worked out when a report needs it."""

    kind: str
    site: int
    decorated: CodeType | None


VIRTUAL = -1
"""Region of what a reentrant checkpoint runs without gradient now and with it later."""
CHECKPOINT_KIND = "reentrant checkpoint"
_CHECKPOINT_FILE = "torch/utils/checkpoint.py"
_MANAGERS = ("/torch/autograd/grad_mode.py", "/torch/utils/_contextlib.py")


class Regions:
    """`current` numbers the open region; 0 is none. The outermost of nested ones counts."""

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites
        self.opened: list[Opened] = [Opened("", 0, None), Opened("no_grad", 0, None)]
        self.current = 0
        self.recomputed = 0
        """How many reentrant checkpoints are open whose inside is differentiated later."""
        self._numbers: dict[Opened, int] = {}
        self._saved: dict[int, int] = {}
        self._places: dict[int, Region | None] = {0: None}

    @property
    def unknown(self) -> int:
        """The region of an op that ran without gradient, also where no opening was seen."""
        return self.current or (VIRTUAL if self.recomputed else 1)

    def switched(self, enabled: bool, was_enabled: bool, frame: FrameType | None) -> None:
        """Follow one `torch._C._set_grad_enabled(enabled)`, called from `frame`."""
        manager: Any = None
        method = kind = ""
        while frame is not None and frame.f_code.co_filename.replace("\\", "/").endswith(_MANAGERS):
            name = frame.f_code.co_name
            owner = frame.f_locals.get("self") if name.startswith("__") else None
            if owner is not None:
                manager, method, kind = owner, name, type(owner).__name__
            elif name not in ("clone", "__new__"):
                break
            frame = frame.f_back
        self._moved(enabled, was_enabled, manager, method, kind or "grad disabled", frame)

    def _moved(
        self,
        enabled: bool,
        was_enabled: bool,
        manager: Any,
        method: str,
        kind: str,
        frame: FrameType | None,
    ) -> None:
        if method in ("__exit__", "__call__"):
            self.current = self._saved.pop(id(manager), 0 if enabled else self.current)
            return
        if manager is not None and not (
            method == "__enter__" and kind == "set_grad_enabled" and id(manager) in self._saved
        ):
            self._saved[id(manager)] = self.current
        if frame is not None and frame.f_code.co_filename.endswith(_CHECKPOINT_FILE):
            return  # the checkpoint's own no_grad; `functions` has set what it means
        if enabled:
            self.current = 0
        elif was_enabled or not self.current:
            self.current = self.open(kind, frame)

    def entered(self, manager: Any, kind: str, was_enabled: bool, frame: FrameType | None) -> None:
        """Follow a manager that torch tells no mode of."""
        self._moved(False, was_enabled, manager, "__enter__", kind, frame)

    def exited(self, manager: Any) -> None:
        """Undo `entered`."""
        self.current = self._saved.pop(id(manager), self.current)

    def open(self, kind: str, frame: FrameType | None) -> int:
        """Number a region that begins where `frame` stands."""
        decorated = _decorated(frame)
        opened = Opened(kind, self.callsites.capture(frame), decorated)
        number = self._numbers.get(opened)
        if number is None:
            number = self._numbers[opened] = len(self.opened)
            self.opened.append(opened)
        return number

    def resolve(self, number: int) -> Region | None:
        """Give the region in neutral terms."""
        if number not in self._places:
            self._places[number] = self._resolve(self.opened[number])
        return self._places[number]

    def in_library(self, number: int, part: str) -> bool:
        """Whether the region was opened in an installed file whose path holds `part`."""
        library = self.callsites.sites[self.opened[number].site].library
        return library is not None and part in library.co_filename.replace("\\", "/")

    def _resolve(self, opened: Opened) -> Region:
        code = opened.decorated
        if code is not None and self.callsites.is_person(code.co_filename):
            return Region(opened.kind, self._decorator(code, opened.kind))
        return Region(opened.kind, self.callsites.resolve(opened.site, opened.kind))

    def _decorator(self, code: CodeType, kind: str) -> SourceLocation:
        line, end_line, column, end_column = decorator_span(code, kind)
        return SourceLocation(
            path=self.callsites.relative(code.co_filename),
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            function=getattr(code, "co_qualname", code.co_name).replace(".<locals>", ""),
            source=text_of(code.co_filename, line, end_line, column, end_column),
        )


def _decorated(frame: FrameType | None) -> CodeType | None:
    """The function below the decorator, where a region was opened by `@torch.no_grad()`."""
    if frame is None or not frame.f_code.co_filename.endswith("_contextlib.py"):
        return None
    if frame.f_code.co_name not in ("decorate_context", "generator_context"):
        return None
    func = frame.f_locals.get("func")
    code = getattr(inspect.unwrap(func), "__code__", None) if func is not None else None
    return code if isinstance(code, CodeType) else None
