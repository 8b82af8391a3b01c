"""Calls back just after the person's own import of a framework has finished.

A framework that the script never imports is never touched, and never imported by us first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType


class Alarm(MetaPathFinder):
    """Calls `wake(name)` once for each of `names`, at once for those already imported.

    `wake` must not raise. A failed import wakes nobody, and may be tried again.
    """

    def __init__(self, names: Iterable[str], wake: Callable[[str], None]) -> None:
        self._waiting = set(names)
        self._looking: set[str] = set()
        self._wake = wake

    def __enter__(self) -> Alarm:
        sys.meta_path.insert(0, self)
        for name in sorted(self._waiting):
            module = sys.modules.get(name)
            if module is None or _still_importing(module) or _is_folder(module):
                continue
            self._ring(name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._waiting.clear()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Give the spec that the other finders give, whose loader tells us when it is done."""
        if fullname not in self._waiting or fullname in self._looking:
            return None
        # Another alarm may wait for the same module; it asks us in its turn.
        self._looking.add(fullname)
        try:
            for finder in list(sys.meta_path):
                find = None if finder is self else getattr(finder, "find_spec", None)
                spec: ModuleSpec | None = find(fullname, path, target) if find else None
                if spec is not None:
                    self._listen(spec)
                    return spec
        finally:
            self._looking.discard(fullname)
        return None

    def _listen(self, spec: ModuleSpec) -> None:
        """Shadow `exec_module` on the one loader object, and only until it has been called.

        A loader of our own in its place would be seen by `inspect` and `importlib.resources`.
        """
        loader = spec.loader
        execute = getattr(loader, "exec_module", None)
        if loader is None or execute is None:
            return

        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            execute(module)
            self._ring(spec.name)

        try:
            loader.exec_module = exec_module  # type: ignore[method-assign]
        except AttributeError:
            return

    def _ring(self, name: str) -> None:
        if name in self._waiting:
            self._waiting.discard(name)
            self._wake(name)


def _is_folder(module: ModuleType) -> bool:
    """Whether it is a folder on the path that happens to have a framework's name."""
    return getattr(module, "__file__", None) is None and hasattr(module, "__path__")


def _still_importing(module: ModuleType) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))
