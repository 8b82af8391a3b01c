"""Why does this variable of my model get no gradient, and which edit makes it train?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from whygrad.api import NotTrainingError, Report, assert_trains, explain, run, watch
    from whygrad.model.finding import Finding, Severity

__all__ = [
    "Finding",
    "NotTrainingError",
    "Report",
    "Severity",
    "assert_trains",
    "explain",
    "run",
    "watch",
]

_HOME = {"Finding": "whygrad.model.finding", "Severity": "whygrad.model.finding"}


def __getattr__(name: str) -> Any:
    # On first use, so that `import whygrad` costs next to nothing.
    if name not in __all__:
        raise AttributeError(f"module 'whygrad' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOME.get(name, "whygrad.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
