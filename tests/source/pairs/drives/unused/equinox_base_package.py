import jax

from tests.source.pairs.jax_steps import arrays


def drive(load):
    module = load()
    for model in (module.Model(4, 2, jax.random.key(0)), module.model):
        yield {"self.mlp": [arrays(block.mlp) for block in model.blocks]}
