"""Which files of the person's code a run imported."""

from __future__ import annotations

import sys
from collections.abc import Collection
from types import CodeType

from whygrad.runtime.callsite import Callsites


def own_files(callsites: Callsites, before: Collection[str] = ()) -> tuple[str, ...]:
    """The script and the person's modules that are loaded, as a report shows paths. Those named in
    `before` were there before the script ran.
    """
    found: list[str] = []
    for name, module in list(sys.modules.items()):
        if name in before and name != "__main__":
            continue
        # A lazy module imports things when an attribute is asked for; its dictionary does not.
        file = getattr(module, "__dict__", {}).get("__file__")
        if isinstance(file, str) and file.endswith(".py") and callsites.is_person(file):
            found.append(callsites.relative(file))
    return tuple(dict.fromkeys(found))


def lines_seen(callsites: Callsites) -> dict[str, set[int]]:
    """Of every function of the person's in which something was observed, its first line or one
    inside, by the file as a report shows it.
    """
    found: dict[str, set[int]] = {}
    for site in callsites.sites:
        code = site.code
        if isinstance(code, CodeType):
            name, line = code.co_name, code.co_firstlineno
        elif code is not None:
            name, line = code.function or "<module>", code.line
        else:
            continue
        if name != "<module>":
            found.setdefault(callsites.relative(code.co_filename), set()).add(line)
    return found
