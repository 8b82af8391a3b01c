import torch
from torch import nn


def drive(load):
    head = load().SharpHead(4, 3)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
    yield {"self.log_scale": head.log_scale}
    for x in torch.randn(3, 8, 4):
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(x), torch.randint(0, 3, (8,))).backward()
        optimizer.step()
        yield {"self.log_scale": head.log_scale}
