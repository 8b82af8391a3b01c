import jax.numpy as jnp
from flax import nnx

from tests.source.pairs.jax_steps import arrays, nnx_steps


def drive(load):
    model = load().Readout(4, 2, rngs=nnx.Rngs(0))
    yield from nnx_steps(model, jnp.ones((3, 4)), lambda m: {"self.kernel": arrays(m.kernel)})
