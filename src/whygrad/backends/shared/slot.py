"""What is kept of a variable, a model, an optimizer while the run goes on: plain facts."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

from whygrad.flow.variable import Home, Making, Observed, Origin
from whygrad.model.source import SourceLocation


@dataclass(slots=True, eq=False)
class Held:
    """One optimizer under observation. It is not kept alive."""

    ref: weakref.ref[Any]
    class_name: str
    number: int
    built: int
    """Where it was built, as a place's number; 0 where that was not seen."""
    built_moment: int
    steps: int = 0
    steps_in_step: int = 0
    idle: bool = False
    """It let a whole observed step pass without stepping, so no step waits for it."""
    name: str | None = None
    sizes: tuple[int, ...] = ()
    rates: list[float | None] = field(default_factory=list)
    stale: int = 0


@dataclass(slots=True, eq=False)
class Model:
    """One model: a root of what holds variables."""

    ref: weakref.ref[Any]
    number: int
    kind: type
    given: str | None = None
    name: str | None = None
    made: int = 0


@dataclass(slots=True, eq=False)
class Slot:
    """One name in one model, whichever tensors it holds over the steps."""

    model: int
    """Number of the model; -1 for a tensor in none."""
    name: str
    owner: str
    home: Home
    shape: tuple[int, ...] = ()
    dtype: str = ""
    trainable: bool = False
    leaf: bool = True
    floating: bool = True
    parameter: bool = False
    aliases: list[str] = field(default_factory=list)
    made: int = 0
    made_seen: SourceLocation | None = None
    made_by: tuple[type, str] | None = None
    """Class and attribute to look for in the source where the making itself was not seen."""
    held: int = 0
    held_by: tuple[type, str] | None = None
    replaced: int = 0
    replaced_name: str | None = None
    """Name of what was put in place of another: its own, or that of a module it sits in."""
    reassigned: int = 0
    """The same, at whatever time that was; it counts where an optimizer holds the other one."""
    gone: bool = False
    """Its model no longer has anything of this name."""
    frozen: int = 0
    flagged: int = 0
    """The moment at which a flag that it goes by was last set, and where."""
    flagged_at: int = 0
    froze: int = 0
    """Where such a flag was last made False, whatever it says by now."""
    hooked: int = 0
    making: Making = Making.UNKNOWN
    origin: Origin | None = None
    mention: tuple[type, str] | None = None
    inside_library: str | None = None
    """Name of the library module that made it deep inside, if one did."""
    made_by_library: bool = False
    members: tuple[tuple[str, str, str], ...] = ()
    """Tracked containers it sits in: container's name, member's key, member's class."""
    ancestors: tuple[str, ...] = ()
    tags: set[str] = field(default_factory=set)
    unproven: int = 0
    """In how many steps a sample could not tell whether it moved."""
    created_in: set[int] = field(default_factory=set)
    """Steps during whose forward it was made."""
    mispaired: str | None = None
    """The variable whose gradient was applied to it, as an alias; empty once its own was."""
    kept_as: str | None = None
    """The tensor that its model keeps in place of it, as an alias."""
    identity: int = 0
    steps: dict[int, Observed] = field(default_factory=dict)
    holders: list[tuple[Held, int]] = field(default_factory=list)
    """Optimizers that update it, with the number of the group."""
