"""From a place's number to the person's whole statement, and questions to their source."""

from __future__ import annotations

import ast
from dataclasses import replace

from whygrad.backends.shared.classes import code_of
from whygrad.model.source import SourceLocation
from whygrad.runtime.callsite import Callsites
from whygrad.source.attributes import class_stores
from whygrad.source.files import Sources
from whygrad.source.mentions import ClassRef, mentioned
from whygrad.source.module import SourceModule


class Places:
    """Everything here is asked when a recording is made, not while the script runs."""

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites
        self.sources = Sources()

    def expression(self, key: int) -> SourceLocation | None:
        """The exact call."""
        return self.callsites.resolve(key) if key else None

    def statement(self, key: int) -> SourceLocation | None:
        """The whole statement around a place; the place itself where that is a block."""
        return self.widened(self.expression(key))

    def widened(self, place: SourceLocation | None) -> SourceLocation | None:
        """The whole statement around a place that is already resolved."""
        if place is None:
            return None
        module = self.sources.module(place.path)
        found = module.statement_of(place) if module is not None else None
        if module is None or found is None or hasattr(found, "body"):
            return place
        return replace(module.span(found), function=place.function, library=place.library)

    def target(self, place: SourceLocation | None) -> str | None:
        """The name that the statement at a place assigns to: `layer` in `layer = nn.Linear(..)`."""
        module = self.sources.module(place.path) if place is not None else None
        if module is None or place is None:
            return None
        found = module.statement_of(place)
        targets = (
            found.targets
            if isinstance(found, ast.Assign)
            else [found.target]
            if isinstance(found, (ast.AnnAssign, ast.AugAssign))
            else []
        )
        if len(targets) == 1 and isinstance(targets[0], (ast.Name, ast.Attribute)):
            return ast.unparse(targets[0]).removeprefix("self.")
        return None

    def class_line(self, kind: type) -> SourceLocation | None:
        """The line of a class's own definition."""
        module = self._module(kind)
        node = module.class_named(kind.__qualname__) if module is not None else None
        if module is None or node is None:
            return None
        return SourceLocation(path=module.path, line=node.lineno)

    def attribute(self, kind: type, name: str) -> SourceLocation | None:
        """Where the class puts something on `self.<name>`, by its source; constructor first."""
        for each in kind.__mro__:
            module = self._module(each)
            stores = class_stores(module, each.__qualname__, name) if module is not None else ()
            if stores:
                first = next(
                    (s for s in stores if (s.method or "").endswith("__init__")), stores[0]
                )
                return first.location
        return None

    def used(self, kind: type, name: str) -> bool | None:
        """Whether the class mentions `self.<name>` outside its constructor; None where unknown."""
        refs = [
            ClassRef(self._path(each), each.__qualname__, each.__module__) for each in kind.__mro__
        ]
        return mentioned(self.sources, refs, name)

    def _path(self, kind: type) -> str | None:
        code = code_of(kind)
        return self.callsites.relative(code.co_filename) if code is not None else None

    def _module(self, kind: type) -> SourceModule | None:
        path = self._path(kind)
        if path is None or not self.callsites.is_person(code_of(kind).co_filename):  # type: ignore[union-attr]
            return None
        return self.sources.module(path)
