"""Runs a file or a module as Python itself would, and notes how it ended."""

from __future__ import annotations

import builtins
import contextlib
import os
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from whygrad.model.errors import InputError
from whygrad.runtime.backend import StopScript
from whygrad.runtime.tracebacks import print_as_python, without_our_frames


@dataclass(frozen=True, slots=True)
class Target:
    """A path to a script, or the dotted name behind `-m`."""

    name: str
    module: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How the script ended: `end`, `steps`, `exception`, `exit` or `interrupt`.

    `status` is the exit status that Python would have given. `error` keeps the frames of the
    script alive; drop it once what they hold has been looked at.
    """

    stopped: str
    status: int
    error: BaseException | None = None


def run_script(target: Target, argv: Sequence[str]) -> Ending:
    """Run the target as `__main__`; it stays `__main__` so that its own exit handlers work.

    Raises InputError where there is nothing to run. Whatever the script itself raises is
    printed as Python prints it and told in the Ending.
    """
    code = None if target.module else _compiled(target.name)
    # The module that is `__main__` until now must outlive its place in sys.modules: its frame
    # is still running.
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __annotations__={}, __cached__=None)
    sys.modules["__main__"] = main
    _set_path(target)
    try:
        if code is None:
            _run_module(target.name, argv)
        else:
            sys.argv[:] = [target.name, *argv]
            main.__file__ = code.co_filename
            main.__loader__ = SourceFileLoader("__main__", code.co_filename)
            exec(code, main.__dict__)
    except StopScript as error:
        return Ending("steps", 0, error)
    except SystemExit as error:
        return Ending("exit", _exit_status(error), error)
    except InputError:
        raise
    except BaseException as error:
        without_our_frames(error)
        print_as_python(error)
        if isinstance(error, KeyboardInterrupt):
            return Ending("interrupt", 130, error)
        return Ending("exception", 1, error)
    return Ending("end", 0)


def let_go(ending: Ending) -> Ending:
    """Free what the script's frames hold, above all data loaders whose workers wait."""
    if ending.error is not None:
        traceback.clear_frames(ending.error.__traceback__)
    return replace(ending, error=None)


def roots_of(target: Target) -> tuple[str, ...]:
    """Files and folders that are the person's even inside an installed package."""
    if not target.module:
        return (target.name,)
    package = target.name.partition(".")[0]
    spec = PathFinder.find_spec(package, [str(Path.cwd()), *sys.path])
    if spec is None:
        return ()
    return tuple(spec.submodule_search_locations or ()) or ((spec.origin,) if spec.origin else ())


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """Give the process its own `__main__`, argv and path back afterwards."""
    main, argv, path = sys.modules.get("__main__"), sys.argv[:], sys.path[:]
    try:
        yield
    finally:
        if main is not None:
            sys.modules["__main__"] = main
        sys.argv[:] = argv
        sys.path[:] = path


class _NotRunnableError(Exception):
    """Given to runpy, which raises it for a module that is not there or cannot be run."""


def _run_module(name: str, argv: Sequence[str]) -> None:
    sys.argv[:] = ["-m", *argv]
    try:
        # Only to tell "no such module" from what the script raises: the call below says both
        # by SystemExit. Importing the parent packages twice does nothing the second time.
        runpy._get_module_details(name, _NotRunnableError)  # type: ignore[attr-defined]
    except _NotRunnableError as error:
        raise InputError(f"cannot run module `{name}`: {error}") from None
    except SyntaxError as error:
        raise InputError(_syntax_line(error)) from None
    # What `python -m` itself calls, so that `__spec__` and the traceback are the same.
    runpy._run_module_as_main(name)  # type: ignore[attr-defined]


def _set_path(target: Target) -> None:
    """Put the script's folder (or the working directory) where Python puts it."""
    if sys.flags.isolated or getattr(sys.flags, "safe_path", False):
        return
    folder = Path.cwd() if target.module else Path(os.path.realpath(target.name)).parent
    # Replaced, not inserted: the first entry is the folder of the `whygrad` command.
    sys.path[:1] = [str(folder)]


def _compiled(name: str) -> CodeType:
    path = Path(name)
    if path.is_dir():
        raise InputError(f"`{name}` is a directory; give a script, or a module with `-m`")
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"no such file: `{name}`") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read `{name}`: {reason}") from None
    # Not normalised: Python joins the working directory and the name as given.
    filename = name if path.is_absolute() else f"{Path.cwd()}{os.sep}{name}"
    try:
        return compile(text, filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise InputError(_syntax_line(error, name)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"cannot compile `{name}`: {error}") from None


def _syntax_line(error: SyntaxError, name: str | None = None) -> str:
    place = name or error.filename or "the script"
    if error.lineno:
        place += f":{error.lineno}"
    line = f": `{error.text.strip()}`" if error.text and error.text.strip() else ""
    return f"{place}: syntax error, {error.msg}{line}"


def _exit_status(error: SystemExit) -> int:
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    with contextlib.suppress(Exception):
        print(code, file=sys.stderr)
    return 1
