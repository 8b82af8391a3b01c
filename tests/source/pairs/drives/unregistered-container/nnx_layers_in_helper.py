"""The layers of the tower, in whatever it holds them."""

import jax
import jax.numpy as jnp
from flax import nnx

from tests.source.pairs.jax_steps import arrays, nnx_steps


def values(model):
    held = jax.tree.leaves(vars(model.tower), is_leaf=lambda part: isinstance(part, nnx.Linear))
    return {"self.tower": [arrays(part) for part in held if isinstance(part, nnx.Linear)]}


def drive(load):
    yield from nnx_steps(load().Net(nnx.Rngs(0)), jnp.ones((3, 8)), values)
