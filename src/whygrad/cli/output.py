"""Where a report goes and in which form: `--format`, `--output`, colour."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TextIO

from whygrad.model.errors import InputError
from whygrad.model.report import Report


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that say where and how its report is written."""
    from whygrad.render import FORMATS

    parser.add_argument(
        "--format", choices=sorted(FORMATS), default="terminal", help="form of the report"
    )
    parser.add_argument("--output", "-o", metavar="FILE", help="write the report to FILE")
    parser.add_argument(
        "--all", action="store_true", help="show every variable and every note, not one screen"
    )
    parser.add_argument("--no-color", action="store_true", help="no colours, as with NO_COLOR")


def check_output(arguments: argparse.Namespace) -> None:
    """Refuse a place that cannot be written before a script has run for its sake."""
    if arguments.output is None:
        return
    path = Path(arguments.output)
    if path.is_dir():
        raise InputError(f"cannot write `{path}`: it is a directory")
    folder = path.parent
    if not folder.is_dir():
        raise InputError(f"cannot write `{path}`: there is no directory `{folder}`")
    target = path if path.exists() else folder
    if not os.access(target, os.W_OK):
        raise InputError(f"cannot write `{path}`: permission denied")


def write_report(report: Report, arguments: argparse.Namespace, stream: TextIO | None) -> None:
    """Write the report to `--output`, else to `stream`, where there is one left."""
    if arguments.output is not None:
        write_file(Path(arguments.output), _rendered(report, arguments))
        return
    if stream is None:
        return
    color = not arguments.no_color and wants_color(stream)
    width = shutil.get_terminal_size().columns if _is_terminal(stream) else 80
    encoding = getattr(stream, "encoding", None)
    write_text(stream, _rendered(report, arguments, color=color, width=width, encoding=encoding))


def _rendered(
    report: Report,
    arguments: argparse.Namespace,
    *,
    color: bool = False,
    width: int = 80,
    encoding: str | None = "utf-8",
) -> str:
    from whygrad.render import draws, render

    return render(
        report,
        arguments.format,
        color=color,
        width=width,
        full=arguments.all,
        blocks=draws(encoding),
    )


def write_text(stream: TextIO, text: str) -> None:
    """Print, also where the stream cannot spell every character of it."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def write_file(path: Path, text: str) -> None:
    """Write a whole file or nothing: a reader never sees half a report."""
    try:
        if path.exists() and not path.is_file():
            # A pipe or a device cannot be replaced by a file.
            path.write_text(text, encoding="utf-8")
            return
        path = Path(os.path.realpath(path))
        _replace_file(path, text)
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {error.strerror or error}") from None


def _replace_file(path: Path, text: str) -> None:
    import tempfile

    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    # There is no way to ask for it but to set it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def wants_color(stream: TextIO) -> bool:
    """Whether colours would be seen there and are not declined (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or _is_terminal(stream)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False


def error_stream(first: TextIO | None) -> TextIO | None:
    """Standard error as it was before the script, or what is left of it."""
    for stream in (first, getattr(sys, "stderr", None), sys.__stderr__):
        if stream is not None and not stream.closed:
            return stream
    return None
