import torch

from tests.source.pairs.moments import at_steps


def drive(load):
    model = load().Mixer(3)
    yield from at_steps(model, torch.randn(5, 3, 4), lambda model: {"self.shares": model.shares})
