import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 8)
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))


def finetune(data, classes):
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    # fix:
    net.head = nn.Linear(8, classes)  # <- stale-optimizer: self.head
    # fix+ optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    for x, y in data:
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return None
