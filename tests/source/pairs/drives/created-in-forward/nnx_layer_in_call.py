"""What the broken program has no place for is left out."""

import jax.numpy as jnp
from flax import nnx

from tests.source.pairs.jax_steps import arrays, nnx_steps


def drive(load):
    model = load().Block(4, nnx.Rngs(0))
    yield from nnx_steps(
        model, jnp.ones((3, 4)), lambda m: {"outer": arrays(getattr(m, "outer", None))}
    )
