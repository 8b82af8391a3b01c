from flax import nnx

from tests.source.pairs.jax_steps import arrays


def drive(load):
    module = load()
    rngs = nnx.Rngs(0)
    nnx.Linear(4, 2, rngs=rngs)
    for decoder in (nnx.Linear(2, 4, rngs=rngs), module.decoder):
        yield {"decoder": arrays(decoder)}
