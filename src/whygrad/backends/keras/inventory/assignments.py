"""Where the person's code made variables and modules, and what it put into attributes, and when."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from types import FrameType
from typing import Any, NamedTuple

from whygrad.backends.keras import parts
from whygrad.backends.keras.inventory.modules import is_module
from whygrad.backends.keras.inventory.owners import Owners
from whygrad.backends.keras.inventory.things import is_trainable, is_variable, key_of
from whygrad.runtime.callsite import Callsites

KEPT = 8
"""How many assignments to one name are kept: the first, and the latest."""

_WATCHED = parts.TYPOS | {"trainable"}
_BUILDING = ("build", "_maybe_build", "build_wrapper")
_SCALARS = (bool, int, float, str, type(None))


class Assignment(NamedTuple):
    """One time that a name of a module was given something worth watching."""

    place: int
    moment: int
    in_call: bool
    value: int
    variable: bool
    flag: bool = True


@dataclass(slots=True, eq=False)
class Born:
    """A variable that was made while some model's call was running."""

    variable: weakref.ref[Any]
    place: int


class Assignments:
    """Keeps places as numbers, and nothing of the person's alive."""

    def __init__(self, callsites: Callsites) -> None:
        self.callsites = callsites
        self.dirty = True
        self.born: list[Born] = []
        self._moments = count(1)
        self._first_built: int | None = None
        self._modules: dict[int, weakref.ref[Any]] = {}
        self._given: dict[int, dict[str, list[Assignment]]] = {}
        self._first: dict[int, int] = {}
        self._in_call: set[int] = set()
        self._made: dict[int, int] = {}
        self._variables: dict[int, weakref.ref[Any]] = {}
        self._attributes: set[int] = set()
        self._to_train: set[int] = set()
        self._passing: set[int] = set()
        self._flags: dict[int, tuple[int, int]] = {}
        self.owners = Owners(callsites)
        self.recording: Callable[[], bool] = lambda: False
        """Whether a tape is recording what runs now: the way to a loss, whoever computes it."""

    # -- what is asked

    def now(self) -> int:
        """A moment that can be compared with those of assignments."""
        return next(self._moments)

    def optimizer_built(self) -> int:
        """An optimizer was just given its variables; what is assigned later, it cannot know."""
        moment = self.now()
        if self._first_built is None:
            self._first_built = moment
        return moment

    def built_before(self, assignment: Assignment) -> bool:
        """Whether an optimizer had been built by then."""
        return self._first_built is not None and self._first_built < assignment.moment

    def modules(self) -> Iterator[Any]:
        """All modules that were made while observing and still live, in the order made."""
        for key, ref in list(self._modules.items()):
            module = ref()
            if module is None:
                del self._modules[key]
                self._given.pop(key, None)
                self._first.pop(key, None)
            else:
                yield module

    def of(self, holder: Any, name: str) -> list[Assignment]:
        """What was given to `holder.name`, in order."""
        if not self._knows(holder):
            return []
        return self._given.get(id(holder), {}).get(name, [])

    def once_variable(self, holder: Any, name: str) -> bool:
        """Whether the person has put something else where a variable was."""
        given = self.of(holder, name)
        if len(given) < 2 or not given[0].variable or given[-1].variable:
            return False
        return self.callsites.sites[given[-1].place].library is None

    def first_place(self, module: Any) -> int:
        """Where the module was made."""
        return self._first.get(id(module), 0) if self._knows(module) else 0

    def made_in_call(self, module: Any) -> bool:
        """Whether the module was made while some model's call was running."""
        return id(module) in self._in_call and self._knows(module)

    def passing(self, module: Any) -> bool:
        """Whether the module was made while a model was called."""
        return id(module) in self._passing and self._knows(module)

    def made(self, thing: Any) -> int:
        """Where a variable was made, or 0."""
        key = key_of(thing)
        return self._made.get(key, 0) if key is not None else 0

    def frozen(self, thing: Any) -> int:
        """Where `trainable` of a variable of Keras 3 was last made False by itself, or 0."""
        return self._flags.get(key_of(thing) or 0, (0, 0))[0]

    def variable(self, key: int) -> Any:
        """The variable whose handle has this id, if it lives and was made while observing."""
        wrapper, ref = self.owners.wrapper(key), self._variables.get(key)
        return wrapper if wrapper is not None or ref is None else ref()

    def was_attribute(self, key: int) -> bool:
        """Whether this variable was put into an attribute of a module at some time."""
        return key in self._attributes

    def to_train(self, key: int) -> bool:
        """Whether this variable was made to be trained."""
        return key in self._to_train

    def _knows(self, module: Any) -> bool:
        ref = self._modules.get(id(module))
        return ref is not None and ref() is module

    # -- what is told

    def makes(self, module: Any, frame: FrameType | None) -> None:
        """A module's constructor begins. Those of its base classes are told of as well."""
        if self._knows(module):
            return
        self._modules.pop(id(module), None)
        self._modules[id(module)] = weakref.ref(module)
        self._given[id(module)] = {}
        self._first[id(module)] = self.callsites.capture(frame)
        self._in_call.discard(id(module))
        if inside_call(frame, self.callsites) or self._by_helper(frame):
            self._in_call.add(id(module))
        self.dirty = True

    def _by_helper(self, frame: FrameType | None) -> bool:
        """Whether a plain function makes a layer for what it computes, and for that alone."""
        while frame is not None:
            code = frame.f_code
            if code.co_name in _BUILDING or code.co_name == "__init__":
                return False
            if self.callsites.is_person(code.co_filename):
                return code.co_name != "<module>" and self.recording()
            frame = frame.f_back
        return False

    def made_variable(self, variable: Any, frame: FrameType | None) -> None:
        """A `tf.Variable` was made."""
        key = key_of(variable)
        if key is None:
            return
        place = self._made[key] = self.callsites.capture(frame)
        self._variables[key] = weakref.ref(variable)
        self.owners.made(key, frame)
        if is_trainable(variable):
            self._to_train.add(key)
        self.dirty = True
        layer = self._built_in_call(frame)
        if layer is not None:
            place = self._made[key] = self.first_place(layer)
        if layer is not None or inside_call(frame, self.callsites):
            self.born.append(Born(weakref.ref(variable), place))

    def _built_in_call(self, frame: FrameType | None) -> Any:
        """The layer that is being built, if it was made by a call and not by a constructor."""
        while self._in_call and frame is not None:
            if frame.f_code.co_name in _BUILDING:
                held = frame.f_locals
                layer = held.get("obj", held.get("self"))
                if self.made_in_call(layer):
                    return layer
            frame = frame.f_back
        return None

    def flagged(self, variable: Any, value: bool, frame: FrameType | None) -> None:
        """`trainable` of a variable of Keras 3 was set."""
        key = key_of(variable)
        if key is None:
            return
        if value:
            self._flags.pop(key, None)
        else:
            self._flags[key] = self.callsites.capture(frame), self.now()
        self.dirty = True

    def assigned(self, module: Any, name: str, value: Any, frame: FrameType | None) -> None:
        """An attribute of a module was set. The same assignment may be told of twice."""
        if not is_module(module) or name.startswith("_self_"):
            return
        if name in _WATCHED and _by_keras_2(frame):
            return
        if type(value) in _SCALARS and name not in _WATCHED:
            self._overwritten(module, name, value, frame)
            return
        if not self._knows(module):
            self.makes(module, frame)
        given = self._given[id(module)].setdefault(name, [])
        same = given and given[-1].value == id(value)
        # True and False are one object each, and what matters is the last time.
        if same and name not in _WATCHED:
            return
        entry = Assignment(
            self.callsites.capture(frame),
            self.now(),
            inside_call(frame, self.callsites),
            id(value),
            is_variable(value),
            bool(value) if name in _WATCHED else True,
        )
        given.append(entry)
        if len(given) > KEPT:
            del given[1]
        if entry.variable:
            self._attributes.add(key_of(value) or 0)
        self.dirty = True

    def _overwritten(self, module: Any, name: str, value: Any, frame: FrameType | None) -> None:
        """A plain number takes the place of something that was worth watching."""
        given = self._given.get(id(module), {}).get(name) if self._knows(module) else None
        if given and given[-1].variable:
            place = self.callsites.capture(frame)
            given.append(Assignment(place, self.now(), False, id(value), False))
            self.dirty = True


def _by_keras_2(frame: FrameType | None) -> bool:
    """Whether Keras 2 sets a flag itself: while it trains, layers say what `compile` found."""
    for _ in range(3):
        if frame is None:
            return False
        if frame.f_code.co_name == "_set_trainable_state":
            return True
        frame = frame.f_back
    return False


def inside_call(frame: FrameType | None, callsites: Callsites) -> bool:
    """Whether a model's call is on the stack, and not only on its way to building something."""
    while frame is not None:
        code = frame.f_code
        name = code.co_name
        if name in _BUILDING:
            return False
        method = code.co_argcount and code.co_varnames[0] == "self"
        if method and name in ("call", "__call__") and callsites.is_person(code.co_filename):
            return True
        frame = frame.f_back
    return False
