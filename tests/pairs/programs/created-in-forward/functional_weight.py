import torch
import torch.nn.functional as F
from torch import nn


class Bottleneck(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.down = nn.Linear(dim, 3)
        # fix+ self.up = nn.Parameter(torch.randn(dim, 3))

    def forward(self, x):
        up = torch.randn(x.size(-1), 3, requires_grad=True)  # <- created-in-forward: up -> model.up
        # fix: up = self.up
        return x + F.linear(torch.tanh(self.down(x)), up)


def train(steps=5):
    model = Bottleneck(4)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    x = torch.randn(8, 4)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x.flip(-1))
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
train()
