import torch

from tests.source.pairs.moments import at_steps


def drive(load):
    model = load().AutoEncoder()
    yield from at_steps(model, torch.randn(5, 6), lambda model: {"self.encoder": model.encoder})
