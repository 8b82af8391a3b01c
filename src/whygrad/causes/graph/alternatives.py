"""What to write in place of an op that has no gradient. A new op is a row."""

from __future__ import annotations

import re
from typing import Final

ALTERNATIVES: Final = {
    "argmax": "weigh by `softmax(...)` in place of picking the largest, or a straight-through"
    " estimator such as `F.gumbel_softmax(..., hard=True)`",
    "argmin": "weigh by `softmax(-...)` in place of picking the smallest",
    "argsort": "use the sorted values, which carry a gradient, and not their indices",
    "sort": "use the sorted values, which carry a gradient, and not their indices",
    "topk": "use the values of `topk`, which carry a gradient, and not its indices",
    "max": "use the values of `max`, which carry a gradient, and not its indices",
    "min": "use the values of `min`, which carry a gradient, and not its indices",
    "round": "a straight-through estimator: `x + (x.round() - x).detach()`",
    "floor": "a straight-through estimator: `x + (x.floor() - x).detach()`",
    "ceil": "a straight-through estimator: `x + (x.ceil() - x).detach()`",
    "trunc": "a straight-through estimator: `x + (x.trunc() - x).detach()`",
    "sign": "`tanh(k * x)`, or a straight-through estimator",
    "one_hot": "`softmax(...)`, or `F.gumbel_softmax(..., hard=True)`",
    "multinomial": "`F.gumbel_softmax(...)`, or the log-probability of the sample in the loss",
    "bernoulli": "a relaxed Bernoulli, or the log-probability of the sample in the loss",
    "normal": "`rsample()`: mean + std * noise",
    "categorical": "`F.gumbel_softmax(...)`, or the log-probability of the sample in the loss",
    "sample": "`rsample()`, or the log-probability of the sample in the loss",
    "histc": "a soft histogram of `sigmoid` or Gaussian bins",
    "bincount": "sums of `softmax(...)` weights",
    "unique": "weights from `softmax(...)`",
    "nonzero": "multiply by a soft mask",
    "bucketize": "a soft assignment by distances",
    "searchsorted": "a soft assignment by distances",
    "heaviside": "`sigmoid(k * x)`",
    "isclose": "a smooth distance",
}

_COMPARISONS: Final = frozenset(
    {"gt", "ge", "lt", "le", "eq", "ne", "greater", "less", "greater_equal", "less_equal"}
    | {"logical_and", "logical_or", "logical_not", "isnan", "equal", "not_equal"}
)
_CASTS: Final = frozenset({"long", "int", "short", "byte", "char", "bool", "to", "type", "cast"})


_SPELLINGS: Final = {
    "`F.gumbel_softmax(..., hard=True)`": "a Gumbel-softmax",
    "`F.gumbel_softmax(...)`": "a Gumbel-softmax",
    "`x + (x.round() - x).detach()`": "`x + tf.stop_gradient(tf.round(x) - x)`",
    "`x + (x.floor() - x).detach()`": "`x + tf.stop_gradient(tf.floor(x) - x)`",
    "`x + (x.ceil() - x).detach()`": "`x + tf.stop_gradient(tf.math.ceil(x) - x)`",
    "`x + (x.trunc() - x).detach()`": "`x + tf.stop_gradient(trunc(x) - x)`",
    "`rsample()`: mean + std * noise": "reparameterize: mean + std * noise",
    "`rsample()`": "reparameterize",
}
"""PyTorch's words in the table above, as TensorFlow and Keras have them."""
_OF_TENSORFLOW: Final = re.compile(r"tf\.stop_gradient\((?:tf\.(?:math\.)?)?")
"""What JAX has other words for."""


def alternative(name: str, edits: str = "torch") -> str:
    """What carries a gradient instead."""
    said = _alternative(name)
    for words, other in _SPELLINGS.items() if edits != "torch" else ():
        said = said.replace(words, other)
    return _OF_TENSORFLOW.sub("jax.lax.stop_gradient(jnp.", said) if edits == "jax" else said


def _alternative(name: str) -> str:
    name = name.strip("_").rpartition(".")[2]
    if name in ALTERNATIVES:
        return ALTERNATIVES[name]
    if name in _COMPARISONS:
        return "a soft step such as `sigmoid(k * (a - b))`"
    if name in _CASTS:
        return "stay in floating point, or a straight-through estimator"
    return "a differentiable op in its place, or a straight-through estimator"
