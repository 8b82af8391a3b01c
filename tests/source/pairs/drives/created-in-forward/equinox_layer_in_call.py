"""What the broken program has no place for is left out."""

import jax
import jax.numpy as jnp

from tests.source.pairs.jax_steps import arrays, equinox_steps


def drive(load):
    model = load().Encoder(4, jax.random.key(0))
    yield from equinox_steps(
        model, jnp.ones((3, 4)), lambda m: {"Linear": arrays(getattr(m, "head", None))}
    )
