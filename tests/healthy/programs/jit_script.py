"""A scripted recurrent cell inside an ordinary module."""

import torch
import torch.nn as nn


class Cell(torch.jit.ScriptModule):
    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, width) * 0.3)
        self.bias = nn.Parameter(torch.zeros(width))

    @torch.jit.script_method
    def forward(self, x, h):
        return torch.tanh(x + h @ self.weight + self.bias)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(3, 8)
        self.cell = Cell(8)
        self.out = nn.Linear(8, 1)

    def forward(self, xs):
        h = torch.zeros(xs.size(0), 8)
        for t in range(xs.size(1)):
            h = self.cell(self.inp(xs[:, t]), h)
        return self.out(h)


torch.manual_seed(0)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(4):
    xs = torch.randn(8, 5, 3)
    loss = nn.functional.mse_loss(net(xs), xs.sum(dim=(1, 2)).unsqueeze(1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
