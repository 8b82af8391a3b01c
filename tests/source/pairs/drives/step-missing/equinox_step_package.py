import equinox as eqx
import jax

from tests.source.pairs.jax_steps import arrays


def drive(load):
    module = load()
    for model in (eqx.nn.MLP(4, 1, 8, 2, key=jax.random.key(0)), module.model):
        yield {"model": arrays(model)}
