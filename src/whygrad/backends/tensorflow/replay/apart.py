"""A place apart: a thread of its own, without the person's tapes, graphs, devices and scopes.

All of these are kept by thread. No op that draws random numbers from TensorFlow's own state runs
there, so that state stays as it is.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, redirect_stderr, redirect_stdout
from typing import Any, TypeVar

T = TypeVar("T")


def apart(unheard: Callable[[], AbstractContextManager[None]], work: Callable[[], T]) -> T:
    """Do `work` there; what it raises is raised here. `unheard` surrounds it."""
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            failed.append(error)

    # Warnings and output are of the process, not of the thread; this one waits for that one.
    sink = io.StringIO()
    with unheard(), warnings.catch_warnings(), redirect_stdout(sink), redirect_stderr(sink):
        warnings.simplefilter("ignore")
        thread = threading.Thread(target=run, name="whygrad replay", daemon=True)
        thread.start()
        thread.join()
    if failed:
        raise failed[0]
    return found[0]


def numbers(tensor: Any) -> Any:
    """The entries of an eager tensor as an array that must not be written on."""
    return tensor._numpy()
