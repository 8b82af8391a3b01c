import jax
import jax.numpy as jnp

from tests.source.pairs.jax_steps import arrays, equinox_steps


def drive(load):
    model = load().Net(4, jax.random.key(0))
    yield from equinox_steps(
        model,
        jnp.ones((3, 4)),
        lambda m: {"self.blocks": [arrays(m.blocks.first), arrays(m.blocks.second)]},
    )
