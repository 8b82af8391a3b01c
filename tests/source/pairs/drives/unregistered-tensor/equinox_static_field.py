import jax
import jax.numpy as jnp

from tests.source.pairs.jax_steps import arrays, equinox_steps


def drive(load):
    model = load().Scaled(4, key=jax.random.key(0))  # Equinox itself warns of the array
    yield from equinox_steps(model, jnp.ones((3, 4)), lambda m: {"self.scale": arrays(m.scale)})
