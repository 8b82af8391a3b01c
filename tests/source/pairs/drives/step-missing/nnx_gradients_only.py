from flax import nnx

from tests.source.pairs.jax_steps import arrays


def drive(load):
    module = load()
    for model in (module.Net(nnx.Rngs(0)), module.model):
        yield {"self.body": arrays(model.body), "self.head": arrays(model.head)}
