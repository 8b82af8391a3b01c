"""Where facts are in a file that is parsed again."""

from __future__ import annotations

import ast

from whygrad.source.facts.model import Span
from whygrad.source.module import SourceModule


def statement_in(module: SourceModule, span: Span) -> ast.stmt | None:
    """The statement of a store; its column decides between several on one line."""
    text = module.lines[span.line - 1] if 0 < span.line <= len(module.lines) else ""
    column = len(text.encode("utf-8", "replace")[: span.column].decode(errors="ignore")) + 1
    return module.statement_at(span.line, column)
