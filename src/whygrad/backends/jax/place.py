"""The person's line behind an op, and the name of the function that they or Keras called for it.

Frames of JAX and of Keras say nothing of where an op comes from, but their functions' names do:
people write `relu`, and JAX runs `max`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

import jax

from whygrad.runtime.callsite import HIDDEN, PERSON, Callsites

_BACKEND = "/keras/src/backend/jax/"
_LOOP = ("trainer.py", "layer.py", "optimizer.py")
_PLUMBING = frozenset(("convert_to_tensor", "cast", "<lambda>", "op", "wrapper"))
_JAX = str(Path(jax.__file__).parent) + os.sep


class Seen(NamedTuple):
    """A place's number (0 where no frame is the person's) and a function's name, or nothing."""

    site: int
    name: str | None
    call: FrameType | None = None
    """The call of that function, where it still runs."""


def _live(frame: FrameType | None) -> Iterator[tuple[CodeType, int]]:
    while frame is not None:
        yield frame.f_code, frame.f_lasti
        frame = frame.f_back


class Sites:
    """Places of ops that run now, and of those that a jaxpr remembers."""

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites
        self._framework: dict[str, bool] = {}

    def live(self, frame: FrameType | None) -> Seen:
        """Where `frame` stands."""
        seen = self._search(_live(frame))
        if seen.name is None:
            return seen
        while frame is not None and not _names(frame.f_code):
            frame = frame.f_back
        return seen._replace(call=frame)

    def stored(self, eqn: object) -> Seen:
        """Where an equation was made, as JAX noted it."""
        trace = eqn.source_info.traceback  # type: ignore[attr-defined]
        if trace is None:
            return Seen(0, None)
        codes, offsets = trace.raw_frames()
        return self._search(zip(codes, offsets, strict=True))

    def _search(self, frames: Iterable[tuple[CodeType, int]]) -> Seen:
        name: str | None = None
        library: tuple[CodeType | None, int] = (None, 0)
        for code, offset in frames:
            file = code.co_filename
            kind = self.callsites.kind(file)
            if kind == PERSON:
                return Seen(self.callsites.number(code, offset, *library), name)
            if kind == HIDDEN or self._is_frameworks(file):
                if name is None and _names(code):
                    name = code.co_name
            elif library[0] is None:
                library = code, offset
        return Seen(0, name)

    def _is_frameworks(self, file: str) -> bool:
        known = self._framework.get(file)
        if known is None:
            slashed = file.replace("\\", "/")
            known = file.startswith(_JAX) or "/keras/src/" in slashed
            self._framework[file] = known
        return known


def _names(code: CodeType) -> bool:
    """Whether it is one of the functions by which Keras has JAX compute something."""
    file, name = code.co_filename, code.co_name
    if _BACKEND not in file or file.endswith(_LOOP):
        return False
    return name not in _PLUMBING and not name.startswith("_")
