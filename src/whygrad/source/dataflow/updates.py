"""Which optimizer steps on which loss: another one's need not train a variable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from whygrad.source.dataflow.record import Event, Found, Happened
from whygrad.source.dataflow.values import Cut, Object, Root


def losses_with_steps(found: Found) -> list[tuple[Event, frozenset[Object]]]:
    """Every `backward`, with the optimizers that step before the next one; several in a row are
    stepped on together. Nobody steps on the last ones where nothing follows them.
    """
    told: list[tuple[Event, frozenset[Object]]] = []
    waiting: list[Event] = []
    stepped: set[Object] = set()
    for event in found.events:
        if event.what is Happened.DIFFERENTIATED:
            if stepped:
                told += [(one, frozenset(stepped)) for one in waiting]
                waiting, stepped = [], set()
            waiting.append(event)
        elif event.what is Happened.STEPPED and event.object is not None and waiting:
            stepped.add(event.object)
    return [*told, *((one, frozenset(stepped)) for one in waiting)]


def ends(found: Found, root: Root, cuts: Iterable[Cut]) -> set[Cut]:
    """Where the ways of something end, among these cuts: those to the losses that an optimizer
    steps on which holds it, if such losses are seen; to those of others it need not come.
    """
    every = set(cuts)
    holders = found.held.get(root, set())
    losses = losses_with_steps(found)
    if not any(holders & stepped for _, stepped in losses):
        return every
    own = set(_cuts(root, (e for e, stepped in losses if holders & stepped)))
    others = set(_cuts(root, (e for e, stepped in losses if stepped and not holders & stepped)))
    return own & every or every - others


def _cuts(root: Root, losses: Iterable[Event]) -> Iterator[Cut]:
    for event in losses:
        yield from (f.cut for f in event.value.flows if f.root == root and f.cut is not None)
