"""What a record of the tape may be besides an ordinary op."""

from __future__ import annotations

from typing import Final

WRITE: Final = 1
OVERWRITE: Final = 2
ALIAS_LINKED: Final = 3
"""Another view of memory that was written; autograd knows it as one."""
ALIAS_CUT: Final = 4
"""Another tensor over memory that was written, which autograd does not connect."""
FORCED_LEAF: Final = 5
ADOPTED: Final = 6
"""Concluded from autograd's own graph."""
