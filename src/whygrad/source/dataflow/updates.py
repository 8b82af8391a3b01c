"""Which optimizer steps on which loss: another one's need not train a variable."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from whygrad.source.dataflow.record import Event, Found, Happened
from whygrad.source.dataflow.values import ANY, Cause, Cut, Object, Root

MEANT: Final = (Cause.DETACHED, Cause.GRAD_DISABLED)
"""How people keep a teacher or a target network from being trained."""
TEACHERS: Final = re.compile(
    r"target|teacher|ema|momentum|frozen|fixed|slow|old|ref|pretrained|vgg|lpips|prior|clip|key|"
    r"queue|bank|codebook|center|prototype|running|mean|std|scale_factor|static|base|random",
    re.IGNORECASE,
)


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


class Misplaced(NamedTuple):
    """An optimizer that holds the one network of two alike that is kept still."""

    optimizer: Object
    held: frozenset[Root]
    left: frozenset[Root]
    """What the losses depend on that it steps on, and no optimizer holds."""


def misplaced(found: Found) -> tuple[Misplaced, ...]:
    """Optimizers over a target network, in place of the network that the loss is to train."""
    losses = losses_with_steps(found)
    holders = {o for several in found.held.values() for o in several}
    told = (_misplaced(found, losses, o) for o in sorted(holders, key=lambda o: o.site or ()))
    return tuple(one for one in told if one is not None)


def _misplaced(
    found: Found, losses: list[tuple[Event, frozenset[Object]]], optimizer: Object
) -> Misplaced | None:
    held = frozenset(r for r, several in found.held.items() if optimizer in several)
    meant = all(
        found.cuts.get(r) and all(cut.cause in MEANT for cut in found.cuts[r]) for r in held
    )
    if not held or not meant or held & found.live or optimizer in found.handed:
        return None
    own = [event.value.live for event, stepped in losses if optimizer in stepped]
    if not own or any(ANY in live or live & found.kept for live in own):
        return None
    live = frozenset().union(*own)
    left = {r for r in live if r.kind in ("module", "parameter") and r.site is not None}
    left -= found.spared | found.evaluated | found.unseen_sink
    return Misplaced(optimizer, held, frozenset(left)) if _alike(found, held, left) else None


def _alike(found: Found, held: Iterable[Root], left: Iterable[Root]) -> bool:
    """Whether two networks are of one class; of layers that are written down for each, whether the
    one is called a target.
    """
    if {r.site for r in held} <= {r.site for r in left}:
        return True
    made = Counter(found.made.get(r) for r in held) == Counter(found.made.get(r) for r in left)
    return made and all(TEACHERS.search(found.names.get(r, "")) for r in held)
