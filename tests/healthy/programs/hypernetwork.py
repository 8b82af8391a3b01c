"""A network that writes the weights of another one."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class HyperNet(nn.Module):
    def __init__(self, context=3, width=5):
        super().__init__()
        self.width = width
        self.net = nn.Sequential(nn.Linear(context, 16), nn.ReLU(), nn.Linear(16, width * width))
        self.bias = nn.Linear(context, width)

    def forward(self, c, x):
        w = self.net(c).view(-1, self.width, self.width)
        return torch.bmm(w, x.unsqueeze(2)).squeeze(2) + self.bias(c)


torch.manual_seed(0)
hyper = HyperNet()
opt = torch.optim.Adam(hyper.parameters(), lr=1e-3)
for step in range(4):
    c, x = torch.randn(8, 3), torch.randn(8, 5)
    loss = F.mse_loss(hyper(c, x), x.flip(1) * c.sum(1, keepdim=True))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
