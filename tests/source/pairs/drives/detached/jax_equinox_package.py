import jax

from tests.source.pairs.jax_steps import arrays


def drive(load):
    module = load()
    for model in (module.Encoder(jax.random.PRNGKey(0)), module.model):
        yield {"self.first": arrays(model.first)}
