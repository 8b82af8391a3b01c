"""Flow graphs and recordings from a line of text, so that tests need no framework.

`flow("h = matmul(x, w); z = detach(h) !detached; l = sum(z)", loss="l")` numbers the statements
as lines of `train.py`. `!barrier` stands after an argument or, for all of them, after the call;
`@name` after the call puts the op into the no-grad region that began at line 100.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from whygrad.flow.graph import Barrier, FlowGraph, Op, Region
from whygrad.flow.recording import Dialect, Event, EventKind, Optimizer, Recording, Step
from whygrad.flow.variable import Holding, Home, Observed, Variable
from whygrad.model.report import Gradient, ModelRow
from whygrad.model.source import SourceLocation

_CALL = re.compile(r"^(\w+)\s*=\s*(\w+)\(([^)]*)\)\s*(?:!([\w-]+))?\s*(?:@([\w-]+))?$")

DIALECT = Dialect("torch", "nn.Parameter", "model.parameters()", {"list": "nn.ModuleList"})


@dataclass(frozen=True)
class Flow:
    """A graph and the numbers of the values that the text names (the first of each name)."""

    graph: FlowGraph
    values: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.values[name]


def at(line: int, source: str | None = None) -> SourceLocation:
    """A line of `train.py`."""
    return SourceLocation("train.py", line, 1, source=source)


def barrier(name: str | None) -> Barrier:
    """`grad-disabled` to its member."""
    return Barrier[name.upper().replace("-", "_")] if name else Barrier.NONE


def flow(text: str, loss: str | Iterable[str] = ()) -> Flow:
    """Build the graph of `text`; a name that is assigned again is a new value."""
    graph = FlowGraph()
    first: dict[str, int] = {}
    now: dict[str, int] = {}
    for line, statement in enumerate(filter(None, map(str.strip, text.split(";"))), 1):
        match = _CALL.match(statement)
        assert match is not None, f"not a statement: {statement}"
        target, name, arguments, all_cut, region = match.groups()
        sources = []
        for argument in filter(None, map(str.strip, arguments.split(","))):
            source, _, cut = (part.strip() for part in argument.partition("!"))
            if source not in now:
                now[source] = first[source] = graph.add_value()
            sources.append((now[source], barrier(cut or all_cut)))
        now[target] = graph.add_value()
        first.setdefault(target, now[target])
        where = Region(region, at(100)) if region else None
        op = graph.add_op(Op(name, at(line), where))
        for source, cut in sources:
            graph.add_edge(source, now[target], op, cut)
    losses = (loss,) if isinstance(loss, str) else tuple(loss)
    graph.losses = tuple(now[name] for name in losses)
    return Flow(graph, first)


def variable(name: str, **facts: Any) -> Variable:
    """A healthy registered weight held by `optimizer`, but for what `facts` say otherwise."""
    plain = Variable(
        name=name,
        model=name.partition(".")[0],
        owner="Linear",
        home=Home.REGISTERED,
        shape=(4, 4),
        dtype="float32",
        trainable=True,
        leaf=True,
        floating=True,
        holders=(Holding("optimizer", 0, 0.01),),
        steps=(),
        made_at=at(50),
    )
    return replace(plain, **facts)


def observed(value: int | None, kind: str = "finite", **facts: Any) -> Observed:
    """One step of a variable: `finite` and moved, or nothing came back and it stayed."""
    came = kind not in ("none", "zero")
    plain = Observed(
        value=value,
        trainable=True,
        gradient=Gradient(kind),
        gradient_norm=1.0 if kind == "finite" else None,
        weight_norm=1.0,
        moved=came,
        had_gradient_after_backward=kind != "none",
        identity=1,
    )
    return replace(plain, **facts)


def adam(*sizes: int, **facts: Any) -> Optimizer:
    """An optimizer by the name of `optimizer`."""
    plain = Optimizer("optimizer", "Adam", at(60), sizes or (2,), (0.01,), 3)
    return replace(plain, **facts)


LOOP = ("cleared", "backward", "step")


def events(order: Sequence[str] = LOOP, steps: int = 3) -> tuple[Event, ...]:
    """The same loop in every step; the lines of the loop are 71, 72, ..."""
    kinds = {
        "cleared": EventKind.CLEARED,
        "backward": EventKind.DIFFERENTIATED,
        "step": EventKind.STEPPED,
        "scheduler": EventKind.SCHEDULED,
    }
    return tuple(
        Event(kinds[word], step, at(71 + place), None if word == "backward" else "optimizer")
        for step in range(steps)
        for place, word in enumerate(order)
    )


def recording(
    flows: Flow | Sequence[Flow], variables: Sequence[Variable], **facts: Any
) -> Recording:
    """Three steps that look the same, unless `flows` has one graph for each."""
    graphs = [flows] * 3 if isinstance(flows, Flow) else list(flows)
    plain = Recording(
        dialect=DIALECT,
        versions={"torch": "2.13.0"},
        models=(ModelRow("model", "Net", "torch", at(1)),),
        variables=tuple(variables),
        steps=tuple(Step(one.graph, True, True) for one in graphs),
        events=events(steps=len(graphs)),
        optimizers=(adam(),),
    )
    made = replace(plain, **facts)
    made.check()
    return made
