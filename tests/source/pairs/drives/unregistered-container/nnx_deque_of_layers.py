import jax.numpy as jnp
from flax import nnx

from tests.source.pairs.jax_steps import arrays, nnx_steps


def drive(load):
    yield from nnx_steps(
        load().Reversed(4, 2, nnx.Rngs(0)),
        jnp.ones((3, 4)),
        lambda m: {"self.blocks": [arrays(block) for block in m.blocks]},
    )
