import torch
from pooling import AttentionPool
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(4, 8)
        self.pool = AttentionPool(8)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        return self.out(self.pool(torch.relu(self.inp(x))))


def train(net, steps=5):
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    x, y = torch.randn(12, 5, 4), torch.randint(0, 3, (12,))
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()


torch.manual_seed(0)
net = Net()
train(net)
