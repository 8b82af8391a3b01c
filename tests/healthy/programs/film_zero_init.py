"""FiLM conditioning that begins as the identity: scale and shift come from a zero layer."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class FiLM(nn.Module):
    def __init__(self, cond, dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(cond, 16), nn.SiLU(), nn.Linear(16, 2 * dim))
        nn.init.zeros_(self.net[-1].weight)
        nn.init.zeros_(self.net[-1].bias)

    def forward(self, h, c):
        scale, shift = self.net(c).chunk(2, dim=-1)
        return h * (1 + scale) + shift


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(4, 12)
        self.film = FiLM(3, 12)
        self.out = nn.Linear(12, 1)

    def forward(self, x, c):
        return self.out(F.gelu(self.film(self.inp(x), c)))


torch.manual_seed(0)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x, c, y = torch.randn(32, 4), torch.randn(32, 3), torch.randn(32, 1)
for step in range(5):
    loss = F.mse_loss(net(x, c), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
