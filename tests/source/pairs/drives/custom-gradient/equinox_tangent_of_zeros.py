import jax

from tests.source.pairs.jax_steps import arrays


def drive(load):
    module = load()
    for model in (module.Net(jax.random.key(0)), module.model):
        yield {"self.first": arrays(model.first)}
