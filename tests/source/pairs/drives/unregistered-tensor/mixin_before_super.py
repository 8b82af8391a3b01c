import torch

from tests.source.pairs.moments import at_steps


def drive(load):
    model = load().SharpHead(4, 3)
    yield from at_steps(model, torch.randn(5, 4), lambda model: {"self.log_scale": model.log_scale})
