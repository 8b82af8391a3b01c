import torch

from tests.source.pairs.moments import at_steps


def drive(load):
    net = load().SpectralNet()
    yield from at_steps(net, torch.randn(8, 16), lambda net: {"self.inp": net.inp})
