"""How the drives train what holds variables of TensorFlow, and what those held as they were made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

STEPS = 2


def fits(model: Any, x: Any, y: Any) -> Iterator[int]:
    """`compile` and `fit`, with Keras 2 or 3: counts the epochs that are over, from none."""
    # Layers that are made in `call` are an error of TensorFlow's own in a graph.
    model.compile("sgd", "mse", run_eagerly=True)
    model(x)
    yield 0
    for epoch in range(STEPS):
        model.fit(x, y, verbose=0)
        yield epoch + 1


def steps(model: Any, loss: Callable[[], Any]) -> Iterator[int]:
    """A loop of one's own over what the model lists: counts the steps that are over, from none."""
    loss()
    yield 0
    for step in range(STEPS):
        with tf.GradientTape() as tape:
            value = loss()
        variables = list(model.trainable_variables)
        for variable, gradient in zip(variables, tape.gradient(value, variables), strict=True):
            if gradient is not None:
                variable.assign(variable - 0.1 * gradient)
        yield step + 1


@contextmanager
def noting() -> Iterator[Callable[[list[Any]], list[Any]]]:
    """Gives what variables held as they were made, of those that are made in the block."""
    known: dict[Any, Any] = {}

    def creator(make: Callable[..., Any], **kwargs: Any) -> Any:
        variable = make(**kwargs)
        with tf.init_scope():
            known[variable.ref()] = np.array(variable.numpy())
        return variable

    def first(variables: list[Any]) -> list[Any]:
        # Keras 3 wraps what TensorFlow made.
        return [known[getattr(each, "_value", each).ref()] for each in variables]

    with tf.variable_creator_scope(creator):
        yield first


def kept(cls: type) -> tuple[Callable[..., Any], list[Any]]:
    """A class's stand-in that keeps what is made of it, where a function keeps it to itself."""
    made: list[Any] = []

    def make(*args: Any, **kwargs: Any) -> Any:
        made.append(cls(*args, **kwargs))
        return made[-1]

    return make, made
