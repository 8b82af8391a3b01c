"""Integers have no gradient: a variable made of them cannot train."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.opening import asked_for
from whygrad.causes.registration.kept_in_source import integers
from whygrad.causes.rule import Match, Rule
from whygrad.causes.ways import first_use, path_to_loss
from whygrad.flow.case import Case
from whygrad.flow.trace import Verdict
from whygrad.flow.variable import Home
from whygrad.model.finding import Severity
from whygrad.model.source import Fix
from whygrad.source.files import Sources

_INDEXING = ("embedding", "getitem", "index_select", "gather", "take", "one_hot", "scatter")


_EXAMPLE = "`torch.tensor(2.0)` in place of `torch.tensor(2)`"


def in_case(case: Case, sources: Sources) -> Iterator[Match]:
    variable = case.variable
    if variable.floating or variable.home is not Home.REGISTERED or variable.owned_by_library:
        return
    use = first_use(case)
    if case.verdict is Verdict.UNUSED or use is None or use.name.strip("_") in _INDEXING:
        return
    yield Match(
        Severity.WARNING,
        variable.made_at,
        lambda n: (
            f"{n} cannot train: {n.its} dtype is `{variable.dtype}`, and only floating point"
            " numbers have a gradient"
        ),
        fix=Fix(f"make it of floats, e.g. {case.recording.dialect.spelled(_EXAMPLE)}"),
        path=path_to_loss(case),
        undo=asked_for(case, "{n} as floats and asked for a gradient"),
    )


RULE = Rule("integer-dtype", in_case=in_case, in_source=integers)
