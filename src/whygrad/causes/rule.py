"""How a cause is found: a rule is asked about a variable, or about a run, and gives matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from whygrad.flow.case import Case
from whygrad.flow.replaying import Change, Replayed, Update
from whygrad.flow.run import Run
from whygrad.model.finding import PathStep, Severity
from whygrad.model.report import Status
from whygrad.model.source import Fix, SourceLocation
from whygrad.source.files import Sources
from whygrad.source.project.project import Project

_NAMED = 2


@dataclass(frozen=True, slots=True)
class Subject:
    """The variables of a finding as a sentence's subject, with the endings that go with it."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        named = [f"`{name}`" for name in self.names[:_NAMED]]
        more = len(self.names) - _NAMED
        if more == 1:
            named.append(f"`{self.names[_NAMED]}`")
        elif more > 1:
            return f"{', '.join(named)} and {more} more"
        return " and ".join([", ".join(named[:-1]), named[-1]] if named[1:] else named)

    @property
    def one(self) -> bool:
        """Whether it is a single variable."""
        return len(self.names) == 1

    @property
    def s(self) -> str:
        """The ending of a verb: it get-s, they get."""
        return "s" if self.one else ""

    @property
    def is_(self) -> str:
        return "is" if self.one else "are"

    @property
    def has(self) -> str:
        return "has" if self.one else "have"

    @property
    def does(self) -> str:
        return "does" if self.one else "do"

    @property
    def it(self) -> str:
        return "it" if self.one else "them"

    @property
    def its(self) -> str:
        return "its" if self.one else "their"


Sentence = Callable[[Subject], str]


class Expect(Enum):
    """What a replay must show before the cause counts as proved."""

    GRADIENT = "gradient"
    """Every wanted variable gets a finite gradient, and it is not zero everywhere."""
    UPDATE = "update"
    """A copy of every wanted variable is moved by the update, and a gradient came."""
    SAME_LOSS = "same loss"
    """The losses are equal to the last bit, although the values were changed."""
    SMALLER = "smaller"
    """The gradient is smaller than before, by `factor`."""
    LARGER = "larger"
    """The gradient is larger than before, by `factor`: what came before was next to nothing."""
    DIFFERENT = "different"
    """The gradient is another than the one that was there: something was in it from elsewhere."""
    FINITE = "finite"
    """The gradient is a usable number now, and was none before."""


@dataclass(frozen=True, slots=True)
class Undo:
    """How a cause is taken away in a replay of one step. Those of one finding are joined."""

    step: int
    words: str
    """What is done, so that "with ... and the step run again" can be said of it: "`.detach()`
    taken away", "its units moved above zero", "{n} handed to Adam `optimizer`".
    """
    wanted: tuple[int, ...]
    """Values of the variables in that step's graph."""
    changes: tuple[Change, ...] = ()
    update: Update | None = None
    expects: Expect = Expect.GRADIENT
    others: tuple[Change, ...] = ()
    """What takes away the further causes that lie in a row with this one. Tried only where
    `changes` alone give no gradient, which is then no failure.
    """
    factor: float = 2.0
    follow: Callable[[Replayed], Match | None] | None = None
    """Where the gradient is no better for it: the finding that the replay uncovered, which lies in
    a row with this one and is tried together with it.
    """


Undoing = Callable[[Sequence[int]], "Undo | str"]
"""Given the numbers of the steps that can be run again; a text says why no proof is possible."""


@dataclass(frozen=True, slots=True)
class Match:
    """A cause that holds. Matches of one cause, severity and place become one finding."""

    severity: Severity
    location: SourceLocation | None
    message: Sentence
    evidence: tuple[str, ...] = ()
    """What holds for every variable of the finding."""
    measured: tuple[str, ...] = ()
    """What was measured on this variable."""
    fix: Fix | None = None
    path: Callable[[], tuple[PathStep, ...]] | None = None
    """Asked for the first variable of a finding only."""
    group: object = None
    """In place of the location, what decides which matches become one finding."""
    status: Status | None = None
    """The verdict on the variable, where the severity does not say it."""
    variables: tuple[str, ...] = ()
    """For a rule that is asked about the run: whom it concerns."""
    framework: str = "torch"
    """For a rule that is asked about source: whose it is. A run knows its own."""
    behind: SourceLocation | None = None
    """Where the first of a row of findings is, of the others; they are told right after it."""
    undo: Undoing | None = None
    """Asked when an error or a warning is to be proved; see `causes/undoing.py` for one-liners."""


InCase = Callable[[Case, Sources], Iterator[Match]]
InRun = Callable[[Run, Sources], Iterator[Match]]
InSource = Callable[[Project], Iterator[Match]]


@dataclass(frozen=True, slots=True)
class Rule:
    """The detectors of one cause. The words about it are on the page of the same name."""

    id: str
    frameworks: tuple[str, ...] = ("torch",)
    in_case: InCase | None = None
    in_run: InRun | None = None
    in_source: InSource | None = None
    """What can be told of a cause without running anything; `Match.variables` as written there."""
    healthy_too: bool = False
    """Whether variables that do train are asked about as well."""
