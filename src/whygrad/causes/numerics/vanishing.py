"""The gradient shrinks from layer to layer until next to nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.numerics.course import match
from whygrad.causes.numerics.depth import between, falling
from whygrad.causes.numerics.fading import fading
from whygrad.causes.rule import Expect, Match, Rule, Subject
from whygrad.flow.kinds import Kind
from whygrad.flow.run import Run
from whygrad.model.source import Fix
from whygrad.source.files import Sources


def in_run(run: Run, sources: Sources) -> Iterator[Match]:
    for profiles in falling(run):
        squashed = any(op.kind is Kind.SQUASH for op, _ in between(run, profiles[0]))
        activation = "use activations with a slope near 1 (`relu`), " if squashed else ""
        yield match(
            run,
            profiles,
            _message,
            Fix(
                "let the gradient go around the layers (`x + layer(x)`), normalize between them,"
                f" {activation}or larger initial values (`nn.init.xavier_normal_`)",
                safe=False,
            ),
            Expect.LARGER,
        )
    yield from fading(run)


def _message(n: Subject, course: str) -> str:
    return f"next to nothing of the gradient reaches {n}: towards the input it shrinks {course}"


RULE = Rule("vanishing", in_run=in_run)
