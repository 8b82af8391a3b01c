"""A buffer that is used as a learnable weight. Buffers are saved and moved, never trained."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.mend import mended
from whygrad.causes.opening import handed
from whygrad.causes.registration.evidence import looks_like_weight, unlisted
from whygrad.causes.registration.made_in_source import buffers
from whygrad.causes.rule import Match, Rule
from whygrad.causes.ways import path_to_loss
from whygrad.flow.case import Case
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.source import Fix
from whygrad.source.edits import buffer_to_parameter, make_trainable
from whygrad.source.files import Sources


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if variable.home is not Home.BUFFER or case.held or not variable.floating:
        return
    if not variable.leaf or (case.verdict is Verdict.UNUSED and not case.got_gradient):
        return
    listing = case.recording.dialect.listing
    if variable.trainable:
        yield Match(
            Severity.ERROR,
            variable.made_at,
            lambda n: (
                f"{n} {n.is_} registered as {_as(case)}, so `{listing}` does not list {n.it}"
                f" and no optimizer updates {n.it}, though {n.its} `requires_grad=True` says that"
                " training is wanted"
            ),
            measured=unlisted(case),
            fix=_fix(case, sources),
            path=path_to_loss(case),
            undo=handed(case),
        )
    elif looks_like_weight(case) and not variable.owned_by_library:
        yield Match(
            Severity.WARNING,
            variable.made_at,
            lambda n: (
                f"{n} {n.is_} random and used like a weight, but registered as {_as(case)}:"
                f" {n.its} numbers stay as they are"
            ),
            measured=unlisted(case),
            fix=_fix(case, sources),
            path=path_to_loss(case),
            undo=handed(case),
        )


def _as(case: Case) -> str:
    return case.recording.dialect.spelled("a buffer")


def _fix(case: Case, sources: Sources) -> Fix:
    """`self.register_buffer("t", v)` becomes `self.t = nn.Parameter(v)`."""
    dialect = case.recording.dialect
    if dialect.edits != "torch":
        message = "make it with `trainable=True`, which is what is meant where nothing is said"
        return mended(sources, case.variable.made_at, message, make_trainable)
    message = f"make it a parameter: `{dialect.parameter}(...)`"
    return mended(sources, case.variable.made_at, message, buffer_to_parameter)


RULE = Rule("buffer-not-parameter", in_case=in_case, in_source=buffers)
