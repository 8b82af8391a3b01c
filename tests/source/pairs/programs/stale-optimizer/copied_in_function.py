import copy

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))


def fit(net, batches):
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    # fix:
    net = copy.deepcopy(net)  # <- stale-optimizer: self.body, self.head
    # fix+ optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    for x in batches:
        loss = (net(x) - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net


if __name__ == "__main__":
    fit(Net(), [torch.randn(8, 4) for _ in range(3)])
