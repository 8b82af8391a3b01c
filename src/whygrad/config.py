"""`[tool.whygrad]` of the nearest `pyproject.toml`: what a project has settled for all its runs."""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from whygrad.model.errors import InputError


@dataclass(frozen=True, slots=True)
class Config:
    """The settings; a command's own options come before them."""

    select: tuple[str, ...] = ()
    """Causes to look for; empty for all."""
    ignore: tuple[str, ...] = ()
    """Causes to leave out."""
    exclude: tuple[str, ...] = ()
    """Files and folders that `check` does not read, as patterns of a `.gitignore`."""
    baseline: str | None = None
    """A file of findings that are known, relative to the project."""
    root: Path | None = None
    """The folder of the `pyproject.toml`; None where there is none."""

    def wants(self, cause: str) -> bool:
        """Whether findings of a cause are asked for."""
        return cause not in self.ignore and (not self.select or cause in self.select)


def read_config(start: Path, known: tuple[str, ...] = ()) -> Config:
    """The settings of the project that `start` lies in. `known` are the causes there are.

    Raises InputError, naming the file and the key, where a setting cannot be used.
    """
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if os.path.isfile(file):  # noqa: PTH113 - of a folder that cannot be entered: no
            return _config(file, known)
    return Config()


def usable_config(start: str) -> Config:
    """The same for who has other things to tell than what is wrong with the settings."""
    try:
        return read_config(Path(start))
    except InputError:
        return Config()


def _config(file: Path, known: tuple[str, ...]) -> Config:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read `{file}`: {' '.join(str(error).split())}") from None
    tool = content.get("tool")
    table = tool.get("whygrad", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise InputError(f"`{file}`: `tool.whygrad` is not a table")
    names = [f.name for f in fields(Config) if f.name != "root"]
    for key in table:
        if key not in names:
            raise InputError(f"`{file}`: `tool.whygrad` knows no `{key}`{like(key, names)}")
    settings: dict[str, Any] = {
        key: _texts(file, key, table[key])
        for key in ("select", "ignore", "exclude")
        if key in table
    }
    for key in ("select", "ignore"):
        check_causes(settings.get(key, ()), known, f"`{file}`, `{key}`")
    if "baseline" in table:
        if not isinstance(table["baseline"], str):
            raise InputError(f"`{file}`: `baseline` is the name of a file")
        settings["baseline"] = table["baseline"]
    return Config(**settings, root=file.parent)


def _texts(file: Path, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError(f"`{file}`: `{key}` is a list of texts")
    return tuple(value)


def check_causes(wanted: tuple[str, ...], known: tuple[str, ...], where: str) -> None:
    """Refuse the name of a cause that there is not."""
    for cause in wanted:
        if known and cause not in known:
            raise InputError(f"{where}: there is no cause `{cause}`{like(cause, known)}")


def like(word: str, words: list[str] | tuple[str, ...]) -> str:
    """What may have been meant."""
    close = difflib.get_close_matches(word, words, 1)
    return f"; did you mean `{close[0]}`?" if close else ""
