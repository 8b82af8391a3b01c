import torch

from tests.source.pairs.moments import at_steps


def drive(load):
    net = load().ScaledLinear()
    yield from at_steps(net, torch.randn(8, 4), lambda net: {"self.scale": net.scale})
