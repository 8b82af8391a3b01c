"""From a place that was seen to run to an edit of it; words alone where none is certain."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from whygrad.model.source import Edit, Fix, SourceLocation
from whygrad.source.edits import checked, drop_loss_flags
from whygrad.source.files import Sources
from whygrad.source.module import SourceModule

Make = Callable[[SourceModule, SourceLocation], tuple[Edit, ...] | None]


def mended(
    sources: Sources, place: SourceLocation | None, message: str, make: Make, *, safe: bool = True
) -> Fix:
    """The fix in words, with the edit that `make` (one of `source/edits.py`) is certain of."""
    module = sources.module(place.path) if place is not None else None
    edits = make(module, place) if module is not None and place is not None else None
    return Fix(message, edits or (), safe)


def unflagged(module: SourceModule | None, fix: Fix | None) -> Fix | None:
    """The same, and `loss.requires_grad = True` taken out: PyTorch refuses it once the loss has a
    history.
    """
    if module is None or fix is None or not fix.edits:
        return fix
    flags = [edit for edit in drop_loss_flags(module) if edit not in fix.edits]
    edits = checked(module, [*fix.edits, *flags]) if flags else None
    return replace(fix, edits=edits) if edits is not None else fix


def assigned(
    sources: Sources, place: SourceLocation | None
) -> tuple[SourceModule, ast.stmt, ast.expr] | None:
    """The statement at a place and the value that it assigns."""
    module = sources.module(place.path) if place is not None else None
    if module is None or place is None:
        return None
    statement = module.statement_of(place)
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        return module, statement, statement.value
    return None
