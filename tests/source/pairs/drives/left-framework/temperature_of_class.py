import torch

from tests.source.pairs.moments import at_steps


def drive(load):
    yield from at_steps(
        load().Scaled(4),
        torch.randn(5, 4),
        lambda model: {"self.log_temperature": model.log_temperature},
    )
