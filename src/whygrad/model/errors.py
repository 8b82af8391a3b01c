"""What a person did that the command could not work with, as one clear line."""

from __future__ import annotations


class WhygradError(Exception):
    """Printed as one line, never as a traceback of ours."""

    exit_code = 2


class InputError(WhygradError):
    """A file or an option that cannot be used: missing, unreadable, not Python, not a report."""
