from flax import nnx

from tests.source.pairs.jax_steps import arrays


def drive(load):
    module = load()
    for model in (module.Block(nnx.Rngs(0)), module.model):
        yield {"self.gate": arrays(model.gate)}
