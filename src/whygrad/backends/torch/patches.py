"""See `runtime.patches`."""

from whygrad.runtime.patches import Patches

__all__ = ["Patches"]
