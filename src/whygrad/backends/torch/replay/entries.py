"""How each record of a tape comes about, and what else a kept step is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import torch

from whygrad.backends.torch.replay.random import States


class _Hole:
    def __repr__(self) -> str:
        return "HOLE"


HOLE: Final = _Hole()
"""Stands for a tensor among the arguments of a call."""


class Call(NamedTuple):
    """One call: in `args` and `kwargs` tensors are holes, to be filled with `ins` in order."""

    func: Callable[..., Any]
    args: Sequence[Any]
    kwargs: dict[str, Any] | None
    ins: tuple[int, ...]
    states: States | None = None
    """Of the random generators, right before it."""
    places: tuple[int, ...] | None = None
    """Where the record's values are among the tensors that it gives; None: in order."""


class Same(NamedTuple):
    """Nothing to run: the value's tensor is that of the record's first input, once the call at
    record `call` has run.
    """

    call: int


class Pick(NamedTuple):
    """One more result of the call at record `call`."""

    call: int
    place: int


class Given(NamedTuple):
    """Came from outside torch; its tensor is kept among the leaves."""


GIVEN: Final = Given()


class Unseen(NamedTuple):
    """Autograd knows more of it than was seen: its numbers are kept, its gradient ends there."""


UNSEEN: Final = Unseen()

Entry = Call | Same | Pick | Given | Unseen | str
"""A string says why it cannot be run again."""


class Leaf(NamedTuple):
    """A tensor that the step met and did not make, and how often it had been written by then."""

    tensor: Any
    version: int | None
    """None where it is not known."""


class Pinned(NamedTuple):
    """What a leaf held from some record on."""

    position: int
    version: int | None
    copy: Any


class Backward(NamedTuple):
    """One backward, after so many records."""

    position: int
    roots: tuple[int, ...]
    gradients: tuple[Any, ...]
    """What was given to start with, a copy; None for each that was not."""
    inputs: tuple[int, ...] | None
    retain: bool
    create: bool
    losses: tuple[Any, ...]
    """The roots as they were."""
    grad: bool = False
    """It was `autograd.grad`, which is a record too."""


class Moment(NamedTuple):
    """After so many records, the gradients of some leaves were cleared, or measured."""

    position: int
    measured: bool
    values: frozenset[int]


class Hooked(NamedTuple):
    """A hook that the person put on a tensor, and what became of it."""

    position: int
    value: int
    hook: Callable[[Any], Any]
    answered: list[bool]
    """Holds True once it has answered with another gradient."""


def template(item: Any, found: list[Any]) -> Any:
    """An argument with holes for its tensors, which are appended to `found` in order."""
    if isinstance(item, torch.Tensor):
        found.append(item)
        return HOLE
    kind = type(item)
    if kind in (list, tuple):
        if len(item) > 64 and type(item[0]) in (int, float):
            return kind(item)
        return kind(template(one, found) for one in item)
    if kind is dict:
        return {key: template(one, found) for key, one in item.items()}
    if hasattr(kind, "__torch_function__"):
        # A `keras.Variable` is no tensor, and stands for the one in it.
        inner = vars(item).get("_value") if hasattr(item, "__dict__") else None
        if isinstance(inner, torch.Tensor):
            found.append(inner)
            return HOLE
    return item


def size_of(tensor: Any) -> int:
    """Bytes of a tensor."""
    return int(tensor.numel() * tensor.element_size())


def version_of(tensor: Any) -> int:
    """How often it has been written; -1 where torch does not count."""
    return -1 if tensor.is_inference() else int(tensor._version)


def storage_of(tensor: Any) -> int | None:
    """What names the memory of a tensor; None where it has none to name."""
    try:
        return int(tensor.untyped_storage()._cdata)
    except (RuntimeError, NotImplementedError, AttributeError, ValueError):
        return None  # sparse, meta, wrapped and lazy tensors
