"""What the framework itself said: the exception that ended the run, and warnings on the way."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from types import TracebackType
from typing import Any

from whygrad.flow.recording import Message
from whygrad.model.report import ExceptionRow
from whygrad.model.source import SourceLocation
from whygrad.runtime.callsite import LIBRARY, PERSON, Callsites

_MOST = 100
"""Different warnings kept; a script may warn in every step."""
_LONGEST = 4000


class Warned:
    """Listens to warnings while entered; every warning goes on to where it went before.

    It wraps the private `warnings._showwarnmsg`, through which each warning passes whatever the
    script does to `showwarning` or `catch_warnings`; a changed `showwarning` would be seen.
    """

    def __init__(self, callsites: Callsites) -> None:
        self._callsites = callsites
        self._seen: dict[tuple[str, int], Message] = {}
        self._before: Any = None
        self._ours: Any = None

    def __enter__(self) -> Warned:
        before = getattr(warnings, "_showwarnmsg", None)
        if before is None:
            return self

        def listen(message: Any) -> None:
            self._note(message)
            before(message)

        self._before, self._ours = before, listen
        warnings._showwarnmsg = listen  # type: ignore[attr-defined]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ours is not None and getattr(warnings, "_showwarnmsg", None) is self._ours:
            warnings._showwarnmsg = self._before  # type: ignore[attr-defined]

    @property
    def messages(self) -> tuple[Message, ...]:
        """Each different warning once, in the order in which they came."""
        return tuple(self._seen.values())

    def _note(self, message: Any) -> None:
        if len(self._seen) >= _MOST:
            return
        try:
            text = str(message.message)[:_LONGEST]
            key = self._callsites.capture(sys._getframe(2))
            if (text, key) not in self._seen:
                self._seen[text, key] = Message(text, False, self._callsites.resolve(key))
        except Exception:
            # A warning whose text cannot be made must still reach the person.
            return


def raised(error: BaseException | None, callsites: Callsites) -> tuple[Message, ...]:
    """The exception and those it was raised from: trainers wrap the framework's own."""
    found: list[Message] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        found.append(Message(_text(error), True, place_of(error, callsites)))
        error = error.__cause__ or error.__context__
    return tuple(found)


def exception_row(error: BaseException, callsites: Callsites) -> ExceptionRow:
    """The exception as the report tells it."""
    return ExceptionRow(type(error).__qualname__, _text(error), place_of(error, callsites))


def place_of(error: BaseException, callsites: Callsites) -> SourceLocation | None:
    """The person's innermost line that the exception passed."""
    person: TracebackType | None = None
    library: TracebackType | None = None
    trace = error.__traceback__
    while trace is not None:
        kind = callsites.kind(trace.tb_frame.f_code.co_filename)
        if kind == PERSON:
            person, library = trace, None
        elif kind == LIBRARY:
            library = trace
        trace = trace.tb_next
    if person is None:
        return None
    place = _located(person, callsites)
    if place is not None and library is not None:
        return replace(place, library=_located(library, callsites))
    return place


def _located(trace: TracebackType, callsites: Callsites) -> SourceLocation | None:
    # Not `f_lasti`: by now the frame may stand elsewhere (in its `finally`).
    return callsites.resolve(callsites.number(trace.tb_frame.f_code, trace.tb_lasti))


def _text(error: BaseException) -> str:
    try:
        return str(error)[:_LONGEST]
    except Exception:
        return "(its text cannot be printed)"
