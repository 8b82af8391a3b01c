"""ParameterList, ParameterDict, register_parameter, and modules added in a loop."""

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        self.mats = nn.ParameterList([nn.Parameter(torch.randn(6, 6) * 0.3) for _ in range(depth)])
        self.gains = nn.ParameterDict({f"g{i}": torch.ones(6) for i in range(depth)})
        self.register_parameter("shift", nn.Parameter(torch.zeros(6)))
        self.register_parameter("unused_option", None)
        for i in range(depth):
            self.add_module(f"norm{i}", nn.LayerNorm(6))
        self.depth = depth
        self.out = nn.Linear(6, 1)

    def forward(self, x):
        for i, mat in enumerate(self.mats):
            x = torch.tanh(getattr(self, f"norm{i}")(x @ mat) * self.gains[f"g{i}"])
        return self.out(x + self.shift)


torch.manual_seed(0)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(4):
    x = torch.randn(16, 6)
    loss = nn.functional.mse_loss(net(x), x.mean(1, keepdim=True))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
