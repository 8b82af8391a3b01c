"""What names of TensorFlow, Keras and JAX's libraries stand for: a table, as in `known`."""

from __future__ import annotations

import re
from typing import Final

from whygrad.source.classes.held import Held, Holds
from whygrad.source.classes.known import INTEGERS, VARIABLES
from whygrad.source.facts.model import Term
from whygrad.source.facts.terms import OPERATES

ADD_WEIGHT: Final = "keras.add_weight"
"""What `self.add_weight(...)` of a layer is called here."""
TF_VARIABLE: Final = "tensorflow.Variable"
_STATE: Final = {"flax.nnx.Variable", "flax.nnx.BatchStat", "flax.nnx.Cache"}
"""Variables of NNX that are no `nnx.Param`."""
_RANDOM: Final = re.compile(
    r"(?:(?:tensorflow\.|tf_)?(?:keras|tensorflow)|tensorflow|jax)\.random\.(?:stateless_)?"
    r"(?:normal|uniform|truncated_normal|orthogonal|rademacher|gaussian)"
    r"|jax\.nn\.initializers\.\w+|numpy\.random\.(?:randn|normal|uniform|rand|standard_normal)"
)
INITIALIZER: Final = "keras.initializers.Initializer"
_INITIALIZER: Final = re.compile(
    r"(?:tf_keras|keras|tensorflow\.keras|tensorflow\.python\.keras)\.initializers\.(?:[A-Z]|get$)"
    r"|tensorflow\.(?:random_normal|random_uniform|zeros|ones)_initializer$"
)
_MATH: Final = re.compile(
    r"(?:tensorflow(?:\.math|\.nn|\.linalg)?|(?:tensorflow\.)?keras\.ops|jax\.numpy|jax\.nn"
    r"|torch(?:\.nn\.functional)?)\.\w+"
)
_INTEGER: Final = re.compile(r"u?int\d*|long|short|bool|string|str")


def is_variable(name: str) -> bool:
    """Whether a canonical name makes a variable."""
    return name in VARIABLES or name == ADD_WEIGHT


def is_random(name: str) -> bool:
    """Whether a canonical name is a function that draws random numbers."""
    return _RANDOM.fullmatch(name) is not None


def is_initializer(name: str) -> bool:
    """Whether a canonical name gives an initializer of Keras, which gives tensors when called."""
    return _INITIALIZER.match(name) is not None


def computes(name: str) -> bool:
    """Whether a canonical name is a function that gives a new tensor, computed from others."""
    return name.rpartition(".")[2] in OPERATES and _MATH.fullmatch(name) is not None


def made(name: str, term: Term) -> Held | None:
    """The variable, or the plain tensor, that a call makes."""
    if is_variable(name):
        return Held(Holds.PARAMETER, _learns(name, term), name=name)
    if name in _STATE:
        return Held(Holds.BUFFER, False, name=name)
    return Held(Holds.TENSOR, False, name=name) if is_random(name) else None


def _learns(name: str, term: Term) -> bool | None:
    """`trainable`, where it is written out; what holds integers never learns."""
    given = [part for part in term.parts if part.kind not in ("keyword", "spread")]
    named = {part.name: part.parts[0] for part in term.parts if part.kind == "keyword"}
    if any(part.kind == "spread" for part in term.parts):
        return None
    dtype = named.get("dtype")
    if dtype is not None:
        if _INTEGER.fullmatch(dtype.name.rpartition(".")[2].strip("'\"")):
            return False
    elif name == TF_VARIABLE and given and _is_whole(given[0]):
        return False
    flag = named.get("trainable")
    if flag is None and name == TF_VARIABLE and len(given) > 1:
        flag = given[1]
    if flag is None:
        return True
    return {"True": True, "False": False}.get(flag.name) if flag.kind == "constant" else None


def makes_integers(name: str, term: Term) -> bool:
    """Whether a function of `torch` makes a tensor of whole numbers, for which it refuses
    `requires_grad`. (Of `arange` nothing tells, for the facts of a file keep no numbers.)
    """
    given = [part for part in term.parts if part.kind not in ("keyword", "spread")]
    dtype = next(
        (p.parts[0] for p in term.parts if p.kind == "keyword" and p.name == "dtype"), None
    )
    if dtype is not None:
        return _INTEGER.fullmatch(dtype.name.rpartition(".")[2]) is not None
    if name in INTEGERS:
        return True
    whole = bool(given) and all(map(_is_whole, given))
    return name == "torch.arange" or (whole and name in ("torch.tensor", "torch.as_tensor"))


def _is_whole(term: Term) -> bool:
    """`0`, `False`, `"text"`: no number with a point."""
    if term.kind in ("list", "tuple"):
        return bool(term.parts) and all(map(_is_whole, term.parts))
    return term.kind == "constant" and not re.search(r"\d\.|\.\d|\de|None|inf|nan", term.name)
