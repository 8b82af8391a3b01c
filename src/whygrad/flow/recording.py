"""What a run left behind, in neutral terms: all that a cause gets to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from whygrad.flow.graph import FlowGraph
from whygrad.flow.probe import Probe
from whygrad.flow.variable import Variable
from whygrad.model.report import ExceptionRow, ModelRow, ModuleRow
from whygrad.model.source import SourceLocation


class EventKind(Enum):
    """What a training loop does."""

    BUILT = "optimizer built"
    CLEARED = "gradients cleared"
    DIFFERENTIATED = "backward"
    STEPPED = "optimizer step"
    SCHEDULED = "scheduler step"
    SKIPPED = "step skipped by the loss scaler"
    """`detail` is the scale it had."""
    ADDED_GROUP = "parameter group added"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing the loop did. `step` counts observed steps from 0; -1 is before the first."""

    kind: EventKind
    step: int
    place: SourceLocation | None
    optimizer: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One optimiser: the name the script gives it, its class, and what its groups hold."""

    name: str
    class_name: str
    built_at: SourceLocation | None
    group_sizes: tuple[int, ...]
    learning_rates: tuple[float | None, ...]
    steps_taken: int
    stale: int = 0
    """How many tensors it holds that no model has any more."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The framework's own words, for messages and edits that a cause writes. What has a default
    is PyTorch's.
    """

    framework: str
    parameter: str
    """How a person makes a registered variable: `nn.Parameter`."""
    listing: str
    """What lists the variables: `model.parameters()`."""
    containers: Mapping[str, str] = field(default_factory=dict)
    """Plain container to the one that is tracked: `list of modules` to `nn.ModuleList`."""
    title: str = "PyTorch"
    """As people call it, with the version where it decides: `Keras 3.15`."""
    edits: str = "torch"
    """Which edits fit: those of `torch`, `keras` or `tensorflow`."""
    loses: str = "`.to(device)` leaves {it} behind and `state_dict()` does not save {it}"
    """What else becomes of a variable that is not registered."""
    watches: str = ""
    """Where gradient is recorded for what is not listed as well: `the tape watches {it}`."""
    in_vain: str = ""
    """What people try for a variable that is not registered, and what changes nothing."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Words of PyTorch to this framework's, where a cause writes one: `zero_grad()`."""

    def spelled(self, words: str) -> str:
        """How this framework says it."""
        return self.spellings.get(words, words)

    def said(self, text: str) -> str:
        """A text in which PyTorch is named, in this framework's words."""
        for words, own in self.spellings.items():
            if words.strip("`").startswith(("torch.", "nn.", ".")) and words in text:
                text = text.replace(words, own)
        return text


@dataclass(frozen=True, slots=True)
class Message:
    """Something the framework said: raised, warned or printed."""

    text: str
    raised: bool
    place: SourceLocation | None


@dataclass(frozen=True, slots=True)
class Step:
    """One observed step."""

    graph: FlowGraph
    differentiated: bool
    stepped: bool
    probe: Probe | None = None
    """What was measured where variables looked sick; None where none did."""


@dataclass(frozen=True, slots=True)
class Recording:
    """All that one framework's backend saw. Every variable has one `Observed` a step."""

    dialect: Dialect
    versions: Mapping[str, str]
    models: tuple[ModelRow, ...]
    variables: tuple[Variable, ...]
    steps: tuple[Step, ...]
    events: tuple[Event, ...] = ()
    optimizers: tuple[Optimizer, ...] = ()
    optimizers_known: bool = True
    """False where an optimiser may exist that was never seen (API call without one)."""
    messages: tuple[Message, ...] = ()
    exception: ExceptionRow | None = None
    blind: tuple[str, ...] = ()
    """What could not be seen, one sentence each."""
    modules: tuple[ModuleRow, ...] = ()

    def check(self) -> None:
        """Hold the recording to its own invariants; raises AssertionError with the reason."""
        for variable in self.variables:
            assert len(variable.steps) == len(self.steps), f"{variable.name}: steps do not match"
            for step, seen in zip(self.steps, variable.steps, strict=True):
                assert seen.value is None or seen.value < step.graph.value_count, variable.name
        names = [v.name for v in self.variables]
        assert len(names) == len(set(names)), "two variables share a name"
