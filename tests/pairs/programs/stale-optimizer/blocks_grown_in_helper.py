import torch
from torch import nn


def deepen(net, dim):
    """Replace the middle layer by two."""
    net[1] = nn.Sequential(nn.Linear(dim, dim), nn.Tanh(), nn.Linear(dim, dim))  # <- stale-optimizer: net.1.0.*, net.1.2.*
    return net


class Trainer:
    def __init__(self, net):
        # fix+ net = deepen(net, 5)
        self.net = net
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def fit(self, x, y, steps):
        for _ in range(steps):
            self.optimizer.zero_grad()
            nn.functional.l1_loss(self.net(x), y).backward()
            self.optimizer.step()


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 5), nn.Linear(5, 1))
trainer = Trainer(net)
deepen(net, 5)
# fix:
trainer.fit(torch.randn(8, 3), torch.randn(8, 1), 5)
