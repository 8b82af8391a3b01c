"""Signals that end a command which has something to put back first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class StoppedError(BaseException):
    """No `Exception`: nothing on the way may take it for a fault and go on."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.signal = number


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Whatever asks the process to end raises `StoppedError` inside, once: what is put back after
    it is not disturbed by a second Ctrl-C.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # where no handler can be set
        return
    before: dict[int, Any] = {}

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for one in before:
            signal.signal(one, signal.SIG_IGN)
        raise StoppedError(number)

    for name in _NAMES:
        number = getattr(signal, name, None)
        # `nohup` has it ignored, which is meant.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
