"""See `backends.shared.places`."""

from whygrad.backends.shared.places import Places

__all__ = ["Places"]
