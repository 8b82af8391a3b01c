"""Which files of the person's code a run imported."""

from __future__ import annotations

import sys
from collections.abc import Collection

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
