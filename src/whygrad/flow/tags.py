"""Names of facts about a variable that one cause alone asks for. A backend sets, a cause reads."""

from __future__ import annotations

from typing import Final

OWNER_FLAG_TYPO: Final = "owner-flag-typo"
"""`module.requires_grad = ...` was set on the module object, where it means nothing."""

FLAG_TYPO: Final = "flag-typo"
"""An attribute such as `require_grad` was set on the tensor, where it means nothing."""

WHOLE_MODEL_FROZEN: Final = "whole-model-frozen"
"""Nothing in its model is trainable."""

SUBMODULE_FROZEN: Final = "submodule-frozen"
"""All of the submodule that a person would freeze as a whole is frozen, and others train."""

SIBLING_USED: Final = "sibling-used"
"""It sits in a tracked container of equal submodules, others of which were used."""

NO_ROWS_READ: Final = "no-rows-read"
"""An embedding of which no row was read in the observed steps."""

CREATED_IN_STEP: Final = "created-in-step"
"""It came into being inside an observed step, during the model's own call."""

OVERWRITTEN_BY_TENSOR: Final = "overwritten-by-tensor"
"""The registered name was overwritten at run time by a tensor that is no variable."""

ASKED_FOR: Final = "asked-for"
"""Its gradient was asked for by name, as one does of an input: `torch.autograd.grad(u, x)`."""

EMPTY_GROUP: Final = "empty-group"
"""An optimiser was given an exhausted generator or an empty list where its variables belong."""

UNASKED: Final = "unasked"
"""Gradient was asked for by a list of variables, in every step, and it was in none of the lists."""

IN_LOSS: Final = "in-loss"
"""It hangs on a loss object, which is part of no model and lists nothing: there is nowhere on it
where a variable could be registered.
"""

UNWATCHED: Final = "unwatched"
"""Gradient was asked for it by name, and no tape watched it: a tensor, or a variable that was made
while it was not to be trained, whatever its flag says now.
"""

FLAG_TOO_LATE: Final = "flag-too-late"
"""Its flag was set when the function that trains the model had already read it, or between
`compile` and that; `frozen_at` is where.
"""
