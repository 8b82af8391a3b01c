import torch
from torch import nn

from biased import Biased


class Net(Biased, nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4, bias=False)
        self.add_bias(4)

    def forward(self, x):
        return self.fc(x) + self.offset


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    (net(torch.randn(2, 4)) - 1).square().mean().backward()
    optimizer.step()
