"""How these causes put what was measured: ranges, counts, and what an op's input is made of."""

from __future__ import annotations

from collections.abc import Iterator

from whygrad.causes.words import at as placed
from whygrad.causes.words import number
from whygrad.causes.zero.scene import Scene
from whygrad.flow.graph import Op
from whygrad.flow.kinds import Kind
from whygrad.flow.probe import Numbers


def named(op: Op) -> str:
    """The op as it is called, and where."""
    return f"`{op.name}`{placed(op.place)}"


def spread(numbers: Numbers) -> str:
    """`from -103 to -97`, or `-100 everywhere`."""
    low, high = number(numbers.low), number(numbers.high)
    if low == high:
        return f"{low} everywhere" if numbers.low == numbers.high else f"about {low}"
    return f"from {low} to {high}"


def ranged(at: Scene, value: int) -> str | None:
    """The range of a value, where it was measured."""
    numbers = at.numbers(value)
    return spread(numbers) if numbers is not None and numbers.count else None


def input_of(at: Scene, edge: int) -> str | None:
    """The range of what goes into an op."""
    found = ranged(at, at.graph.sources[edge])
    return f"its input: {found}" if found is not None else None


def made_of(at: Scene, edge: int) -> Iterator[str]:
    """What made an op's input, and the ranges of what went into that."""
    graph = at.graph
    value = graph.sources[edge]
    maker = _maker(at, value)
    if maker is None:
        return
    into = [
        e for e in graph.into(maker) if graph.edge_ops[e] == graph.edge_ops[graph.into(maker)[0]]
    ]
    told = []
    for other in into:
        source = graph.sources[other]
        found = ranged(at, source)
        variable = at.variable(source)
        if found is not None:
            told.append(f"`{variable.name}` {found}" if variable else f"input {found}")
    if told:
        yield f"that input is made by {named(at.op(into[0]))}: {', '.join(told)}"


def _maker(at: Scene, value: int) -> int | None:
    """Back over reshapes and the like to the value that an op with numbers of its own made."""
    graph = at.graph
    while True:
        into = graph.into(value)
        if not into:
            return None
        sources = {graph.sources[e] for e in into}
        if at.op(into[0]).kind is not Kind.OTHER or len(sources) != 1:
            return value
        value = sources.pop()


def bias_of(at: Scene, edge: int) -> tuple[str, Numbers] | None:
    """A variable that is added into an op's input and is the larger part of it."""
    graph = at.graph
    maker = _maker(at, graph.sources[edge])
    total = at.numbers(graph.sources[edge])
    if maker is None or total is None:
        return None
    for other in graph.into(maker):
        source = graph.sources[other]
        variable, numbers = at.variable(source), at.numbers(source)
        if variable is None or numbers is None or len(variable.shape) > 1 or not numbers.count:
            continue
        if abs(numbers.mean) > 0.5 * abs(total.mean) > 0 and numbers.mean * total.mean > 0:
            return variable.name, numbers
    return None
