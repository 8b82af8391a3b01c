"""What something is to the framework, and what becomes of it in a method or an operation."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final, NamedTuple

from whygrad.source.classes.known import Base
from whygrad.source.facts.model import Term


class Holds(Enum):
    """What something is, to the framework."""

    PARAMETER = "parameter"
    BUFFER = "buffer"
    MODULE = "module"
    TRACKED = "tracked"
    """A container that the framework looks into: `nn.ModuleList`."""
    TENSOR = "tensor"
    COMPUTED = "computed"
    """The result of an operation on a parameter that was made on the way."""
    CONTAINER = "container"
    """A list, tuple, set or dict; `items` is what may be in it."""
    NOTHING = "nothing"
    OTHER = "other"
    UNKNOWN = "unknown"


class Held(NamedTuple):
    """One thing that a term may make."""

    what: Holds
    learns: bool | None = None
    """Module: has parameters. Tensor: asks for a gradient. Computed: certainly no parameter."""
    items: tuple[Held, ...] = ()
    name: str = ""
    """What it is an object of: `torch.nn.Linear`."""
    base: Base | None = None
    """Module: whose it is, where that is not PyTorch's."""


Alternatives = tuple[Held, ...]

UNKNOWN: Final = Held(Holds.UNKNOWN)
OTHER: Final = Held(Holds.OTHER)
_MODULE_KEEPS: Final = {
    "to", "cuda", "cpu", "eval", "train", "half", "float", "double", "bfloat16", "apply", "type",
    "to_empty", "share_memory", "requires_grad_",
}  # fmt: skip
"""Methods of a module that give back the module."""
_MAY_KEEP: Final = {
    "to",
    "cuda",
    "cpu",
    "float",
    "double",
    "half",
    "bfloat16",
    "type",
    "contiguous",
}
"""Methods of a tensor that give back the same tensor where there is nothing to do."""
_LEAVES: Final = {
    "detach", "item", "tolist", "numpy", "size", "dim", "numel", "data_ptr", "stride",
    "register_hook",
}  # fmt: skip


def asks(held: Held) -> bool:
    """Whether what is computed from it has a history."""
    if held.what is Holds.COMPUTED:
        return True
    return held.what in (Holds.PARAMETER, Holds.TENSOR) and held.learns is True


def after_method(held: Held, term: Term) -> Held:
    """What a method of it gives."""
    name = term.name
    if held.what in (Holds.MODULE, Holds.TRACKED):
        if name not in _MODULE_KEEPS:
            return UNKNOWN
        off = name == "requires_grad_" and _asked(term) is not True
        return held._replace(learns=None if _asked(term) is None else False) if off else held
    if held.what in (Holds.PARAMETER, Holds.TENSOR) and name == "requires_grad_":
        return held._replace(learns=_asked(term))
    if held.what is Holds.TENSOR and held.learns is not True:
        return held if name not in _LEAVES or name == "detach" else OTHER
    if not asks(held) or name in _LEAVES or name.endswith("_"):
        return held if held.what is Holds.TENSOR and name.endswith("_") else UNKNOWN
    if name in _MAY_KEEP:
        certain = held.what is Holds.COMPUTED and held.learns is True
        return Held(Holds.COMPUTED, certain or None, name=name)
    return Held(Holds.COMPUTED, True, name=name)


def _asked(term: Term) -> bool | None:
    """The flag of `requires_grad_(flag)`."""
    if len(term.parts) == 1:
        return True
    flag = term.parts[1].parts[0] if term.parts[1].kind == "keyword" else term.parts[1]
    return {"True": True, "False": False}.get(flag.name) if flag.kind == "constant" else None


def after_operation(name: str, operands: list[Held]) -> Held:
    """What an operation on them gives."""
    kinds = {held.what for held in operands}
    if any(map(asks, operands)):
        return Held(Holds.COMPUTED, True, name=name)
    if Holds.PARAMETER in kinds:
        return UNKNOWN  # one that was told not to learn
    if Holds.CONTAINER in kinds:
        items = tuple(dict.fromkeys(i for held in operands for i in held.items))
        others = kinds - {Holds.CONTAINER, Holds.OTHER}
        # `[x] * n` and `[a] + [b]`
        return Held(Holds.CONTAINER, items=(*items, UNKNOWN) if others else items)
    if Holds.TENSOR in kinds and Holds.UNKNOWN not in kinds:
        unsure = any(h.what is Holds.TENSOR and h.learns is None for h in operands)
        return Held(Holds.TENSOR, None if unsure else False, name=name)
    return OTHER if kinds <= {Holds.OTHER} else UNKNOWN


def distinct(held: Iterable[Held]) -> Alternatives:
    """Each of them once."""
    return tuple(dict.fromkeys(held))
