import jax

from tests.source.pairs.jax_steps import arrays


def drive(load):
    module = load()
    for model in (module.Router(jax.random.PRNGKey(0)), module.model):
        yield {"self.score": arrays(model.score)}
