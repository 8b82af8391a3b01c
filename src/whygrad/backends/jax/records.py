"""The ops of a tape: what each read and made, and how to run it again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from whygrad.backends.jax.versions import bind, bind_custom
from whygrad.flow.graph import Barrier

Act = Callable[..., Sequence[Any]]
"""Runs an op once more: operands to results."""


class Constant(NamedTuple):
    """An operand that is no value of the tape: a number written in the code, an array of NumPy."""

    held: Any


class Noted(NamedTuple):
    """An op whose place is still to be worked out."""

    name: str
    primitive: str
    site: int
    detail: str | None = None


@dataclass(slots=True, eq=False)
class Record:
    """One op. `edges` are operand, result, barrier."""

    noted: Noted
    operands: Sequence[int | Constant | None]
    results: Sequence[int]
    edges: tuple[tuple[int, int, Barrier], ...]
    act: Act | None
    params: Mapping[str, Any]
    call: int = 0
    """Ops of one call of a function of Keras' share a number."""
    inner: bool = False
    """It is in a loop or a branch, written out for the lines in it: that runs again as a whole."""
    whole: bool = False
    """The loop or branch as a whole, to be run again; for what a person sees it is written out."""


class Step(NamedTuple):
    """An op of a frozen tape: its number in the graph (-1 for a loop as a whole), and those of its
    edges.
    """

    op: int
    record: Record
    edges: Mapping[tuple[int, int], int]
    """By operand and result."""


def of_primitive(primitive: Any, params: Mapping[str, Any]) -> Act:
    """A primitive, to be bound once more."""

    def act(*operands: Any) -> Sequence[Any]:
        answer = primitive.bind(*operands, **params)
        return list(answer) if primitive.multiple_results else [answer]

    return act


def of_equation(eqn: Any) -> Act:
    """An equation of a staged function."""

    def act(*operands: Any) -> Sequence[Any]:
        return bind(eqn.primitive, operands, eqn.params)

    return act


def of_custom(
    primitive: Any, functions: tuple[Any, ...], params: Mapping[str, Any], persons: bool
) -> Act | None:
    """A function with a derivative of its own; not where the person wrote it."""
    if persons:
        return None

    def act(*operands: Any) -> Sequence[Any]:
        for function in functions:
            for store in function.stores:
                if store is not None:
                    store.reset()  # what it has kept of the run before
        return bind_custom(primitive, functions, operands, params)

    return act


def grouped(records: Sequence[Record], kept: Collection[int]) -> Iterator[Record]:
    """Ops of one call of a function of Keras' as one op: to a person `softmax` is one."""
    readers: dict[int, int] = {}
    for number, record in enumerate(records):
        for operand in record.operands:
            if isinstance(operand, int):
                readers[operand] = number
    first = 0
    while first < len(records):
        last = first + 1
        call = records[first].call
        while last < len(records) and call and records[last].call == call:
            last += 1
        group = records[first:last]
        if len(group) == 1:
            yield group[0]
        else:
            inner = {v for r in group for v in r.results}
            out = [v for v in sorted(inner) if v in kept or readers.get(v, -1) >= last]
            yield from [_together(group, out or list(group[-1].results))]
        first = last


def _together(group: Sequence[Record], results: Sequence[int]) -> Record:
    made = {value for record in group for value in record.results}
    operands: dict[int, int] = {}
    ways: dict[int, dict[int, Barrier]] = {}
    for record in group:
        for place, result, found in record.edges:
            source, target = record.operands[place], record.results[result]
            if not isinstance(source, int):
                continue
            if source in made:
                origins = ways.get(source, {})
            else:
                origins = {operands.setdefault(source, len(operands)): Barrier.NONE}
            mine = ways.setdefault(target, {})
            for origin, before in origins.items():
                new = before or found
                if mine.get(origin) is not Barrier.NONE:
                    mine[origin] = new if new is Barrier.NONE else mine.get(origin, new)
    edges = tuple(
        (operand, place, found)
        for place, result in enumerate(results)
        for operand, found in ways.get(result, {}).items()
    )
    inputs = list(operands)
    noted = group[-1].noted
    primitive = noted.name if len({r.noted.name for r in group}) == 1 else noted.primitive
    act = _in_a_row(group, inputs, results)
    params = {"parts": tuple(group)}
    return Record(noted._replace(primitive=primitive), inputs, results, edges, act, params)


def _in_a_row(group: Sequence[Record], inputs: Sequence[int], results: Sequence[int]) -> Act | None:
    acts = [record.act for record in group]
    if any(act is None for act in acts):
        return None

    def act(*operands: Any) -> Sequence[Any]:
        known = dict(zip(inputs, operands, strict=True))
        for record in group:
            assert record.act is not None
            given = [
                each.held if isinstance(each, Constant) else known[each]  # type: ignore[index]
                for each in record.operands
            ]
            known.update(zip(record.results, record.act(*given), strict=True))
        return [known[result] for result in results]

    return act
