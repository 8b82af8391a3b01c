import jax.numpy as jnp

from tests.source.pairs.jax_steps import arrays, nnx_steps


def drive(load):
    model = load().Scale(4)
    yield from nnx_steps(model, jnp.ones((3, 4)), lambda m: {"self.scale": arrays(m.scale)})
