import numpy as np

from tests.source.pairs.tf_steps import kept, noting


def drive(load):
    program = load()
    program.LearnedMargin, losses = kept(program.LearnedMargin)
    with noting() as first:
        program.train(np.random.rand(8, 3), np.ones((8, 1)))
    yield {"self.margin": first([losses[0].margin])}
    yield {"self.margin": losses[0].margin}
