import torch

from tests.source.pairs.moments import at_steps


def drive(load):
    model = load().Stack(4)
    yield from at_steps(model, torch.randn(5, 4), lambda model: {"self.blocks": list(model.blocks)})
