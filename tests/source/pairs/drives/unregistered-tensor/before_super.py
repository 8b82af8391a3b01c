import torch
from torch import nn


def drive(load):
    gate = load().Gate(4)
    optimizer = torch.optim.SGD(gate.parameters(), lr=0.1)
    yield {"self.scale": gate.scale}
    for x in torch.randn(3, 8, 4):
        optimizer.zero_grad()
        nn.functional.mse_loss(gate(x), x.flip(1)).backward()
        optimizer.step()
        yield {"self.scale": gate.scale}
