"""Which files of the person's code a run imported."""

from __future__ import annotations

import sys

from whygrad.runtime.callsite import Callsites


def own_files(callsites: Callsites) -> tuple[str, ...]:
    """The script and the person's modules that are loaded, as a report shows paths."""
    found: list[str] = []
    for module in list(sys.modules.values()):
        # A lazy module imports things when an attribute is asked for; its dictionary does not.
        file = getattr(module, "__dict__", {}).get("__file__")
        if isinstance(file, str) and file.endswith(".py") and callsites.is_person(file):
            found.append(callsites.relative(file))
    return tuple(dict.fromkeys(found))
