"""The gradient grows from layer to layer on its way back."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.numerics.course import match
from whygrad.causes.numerics.depth import growing
from whygrad.causes.numerics.recurrence import recurrent
from whygrad.causes.rule import Expect, Match, Rule, Subject
from whygrad.flow.run import Run
from whygrad.model.source import Fix
from whygrad.source.files import Sources


def in_run(run: Run, sources: Sources) -> Iterator[Match]:
    for profiles in growing(run):
        yield match(
            run,
            profiles,
            _message,
            Fix(
                "use smaller initial values (`nn.init.kaiming_normal_`, `xavier_normal_`) or"
                " normalize between the layers; `nn.utils.clip_grad_norm_` limits the harm",
                safe=False,
            ),
            Expect.SMALLER,
        )

    yield from recurrent(run)


def _message(n: Subject, course: str) -> str:
    return (
        f"the gradient of {n} is far larger than that of the layers next to the loss: towards the"
        f" input it grows {course}"
    )


RULE = Rule("exploding", in_run=in_run)
