"""What TensorFlow and Keras 2 say through Python's logging: Keras 3 uses warnings."""

from __future__ import annotations

import logging
import sys
from typing import Final

from whygrad.flow.recording import Message
from whygrad.runtime.callsite import Callsites
from whygrad.runtime.patches import Patches

_LOGGERS: Final = ("absl", "tensorflow")
_MOST: Final = 50
_LONGEST: Final = 4000


class Said(logging.Handler):
    """Listens beside whatever else listens; nothing is held back."""

    def __init__(self, callsites: Callsites) -> None:
        super().__init__(logging.WARNING)
        self._callsites = callsites
        self._seen: dict[tuple[str, int], Message] = {}

    def install(self, patches: Patches) -> None:
        """Listen until the patches are undone."""
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            logger.addHandler(self)
            patches.on_undo(lambda logger=logger: logger.removeHandler(self))  # type: ignore[misc]

    def emit(self, record: logging.LogRecord) -> None:
        """Called by `logging`."""
        if len(self._seen) >= _MOST:
            return
        try:
            text = record.getMessage()[:_LONGEST]
            place = self._callsites.capture(sys._getframe(1))
            if (text, place) not in self._seen:
                self._seen[text, place] = Message(text, False, self._callsites.resolve(place))
        except Exception:
            # A message whose text cannot be made must still reach the person.
            return

    @property
    def messages(self) -> tuple[Message, ...]:
        """Each different one once, in the order in which they came."""
        return tuple(self._seen.values())
