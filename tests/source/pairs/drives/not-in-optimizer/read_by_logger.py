import torch

RAISES = ValueError
"""PyTorch refuses an empty list."""


def drive(load):
    module = load()
    net = module.Net()
    yield {"self.body": net.body, "self.head": net.head}
    module.train(net, [torch.randn(8, 6) for _ in range(3)])
    yield {"self.body": net.body, "self.head": net.head}
