from flax import nnx

from tests.source.pairs.jax_steps import arrays


def drive(load):
    module = load()
    for model in (module.Codec(nnx.Rngs(0)), module.net):
        yield {"self.encode": arrays(model.encode)}
