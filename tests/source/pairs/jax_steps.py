"""Three steps of training for models of JAX of which nothing is said but what they compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from flax import nnx

Values = Callable[[Any], dict[str, Any]]


def arrays(part: Any) -> list[Any]:
    """What a part of a model of NNX or Equinox computes with."""
    return jax.tree.leaves(eqx.filter(part, eqx.is_inexact_array))


def nnx_steps(model: Any, x: jax.Array, values: Values) -> Iterator[dict[str, Any]]:
    optimizer = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)
    yield values(model)
    for _ in range(3):
        gradients = nnx.grad(lambda model: jnp.mean((model(x) - 1) ** 2))(model)
        optimizer.update(model, gradients)
        yield values(model)


def equinox_steps(model: Any, x: jax.Array, values: Values) -> Iterator[dict[str, Any]]:
    optimizer = optax.sgd(0.1)
    state = optimizer.init(eqx.filter(model, eqx.is_inexact_array))
    yield values(model)
    for _ in range(3):
        gradients = eqx.filter_grad(lambda model: jnp.mean((jax.vmap(model)(x) - 1) ** 2))(model)
        updates, state = optimizer.update(gradients, state)
        model = eqx.apply_updates(model, updates)
        yield values(model)
