import torch
from torch import nn


def softplus(x):
    return torch.log(1 + torch.exp(x))  # <- nan-gradient: net.0.*, net.2.weight
    # fix: return nn.functional.softplus(x)


class Scale(nn.Module):
    def forward(self, x):
        return softplus(x)


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), Scale(), nn.Linear(8, 1))
optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3)
# Prices in cents: nobody scaled them.
x = torch.rand(16, 3) * 300
y = torch.rand(16, 1)
for _ in range(4):
    optimizer.zero_grad()
    loss = (net(x) - y).abs().mean()
    loss.backward()
    optimizer.step()
