"""What makes the first nan once the op that made it before is kept safe."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from whygrad.backends.torch import BACKEND  # noqa: E402
from whygrad.flow.replaying import Change, ChangeKind, Replayed, Replayer  # noqa: E402
from whygrad.runtime.backend import Session  # noqa: E402


class Stepped:
    """One observed step of `function` of a layer's output, to be run again."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        torch.manual_seed(0)
        observer = BACKEND.attach(Session(step_limit=1))
        try:
            layer = nn.Linear(4, 4)
            optimizer = torch.optim.SGD(layer.parameters(), lr=1e-3)
            function(layer(torch.randn(8, 4))).mean().backward()
            optimizer.step()
            self.recording = observer.recording()
        finally:
            observer.detach()
        self.replayer: Replayer = observer.replayer()  # type: ignore[assignment]
        self.graph = self.recording.steps[0].graph
        weight = next(v for v in self.recording.variables if v.name.endswith("weight"))
        assert weight.steps[0].value is not None
        self.weight = weight.steps[0].value

    def edges(self, name: str, which: int = 0) -> tuple[int, ...]:
        ops = [i for i, op in enumerate(self.graph.ops) if op.name == name]
        return tuple(e for e, op in enumerate(self.graph.edge_ops) if op == ops[which])

    def safe(self, *edges: int) -> Replayed:
        changes = [Change(ChangeKind.SAFE, edges=edges)]
        return self.replayer.replay(0, [self.weight], changes)

    def next(self, seen: Replayed) -> str | None:
        assert (seen.next_bad is None) == (seen.bad is None)
        if seen.bad is None:
            return None
        assert seen.bad.op == seen.next_bad
        return self.graph.ops[seen.bad.op].name


@pytest.fixture
def stepped() -> Iterator[Callable[[Callable[[Any], Any]], Stepped]]:
    made: list[Stepped] = []

    def make(function: Callable[[Any], Any]) -> Stepped:
        made.append(Stepped(function))
        return made[-1]

    yield make
    for one in made:
        one.replayer.release()


def test_forward_the_next_op_is_told_with_its_numbers(stepped: Any) -> None:
    step = stepped(lambda h: h.relu().log().sqrt())
    seen = step.safe(*step.edges("log"))
    assert step.next(seen) == "sqrt"
    assert not seen.bad.backward and seen.bad.nans
    given = seen.numbers[step.graph.sources[seen.bad.edge]]
    assert given.low < 0 and given.infs == 0
    both = step.safe(*step.edges("log"), *step.edges("sqrt"))
    assert both.next_bad is None and math.isfinite(both.gradients[step.weight])


def test_on_the_way_back_the_next_op_is_upstream(stepped: Any) -> None:
    step = stepped(lambda h: (h * (h > 0)).sqrt().sqrt())
    outer = step.edges("sqrt", 1)
    seen = step.safe(*outer)
    assert step.next(seen) == "sqrt" and seen.bad.backward
    assert seen.bad.op < step.graph.edge_ops[outer[0]]
    assert seen.numbers[step.graph.sources[seen.bad.edge]].zeros
    assert step.safe(*outer, *step.edges("sqrt", 0)).next_bad is None


def test_one_mended_on_the_way_there_uncovers_one_on_the_way_back(stepped: Any) -> None:
    def function(h: Any) -> Any:
        p = h.relu()
        return (p.log() - p.log()).sqrt()

    step = stepped(function)
    seen = step.safe(*step.edges("log", 0), *step.edges("log", 1))
    assert step.next(seen) == "sqrt" and seen.bad.backward


def test_what_was_not_the_first_uncovers_nothing(stepped: Any) -> None:
    """The wrong op kept safe changes nothing: its finding has to fall."""
    step = stepped(lambda h: (h - h).sqrt() + (h.exp() + 1).log())
    seen = step.safe(*step.edges("log"))
    assert seen.next_bad is None and math.isnan(seen.gradients[step.weight])


def test_a_mask_of_infinities_is_no_next_op(stepped: Any) -> None:
    """`-inf` before a softmax is meant; what comes of `log` is not."""

    def function(h: Any) -> Any:
        p = h.relu().log().masked_fill(torch.eye(8, 4).bool(), -math.inf).softmax(-1)
        return (p - p).sqrt()

    step = stepped(function)
    seen = step.safe(*step.edges("log"))
    assert step.next(seen) == "sqrt"


def test_nothing_is_looked_for_where_the_gradient_is_finite_again(stepped: Any) -> None:
    step = stepped(lambda h: (h * (h > 0)).sqrt())
    seen = step.safe(*step.edges("sqrt"))
    assert seen.next_bad is None and not seen.numbers
