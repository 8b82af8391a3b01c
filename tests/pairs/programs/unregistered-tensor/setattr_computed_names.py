import torch
from torch import nn


class GainStack(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.depth = depth
        self.inp = nn.Linear(dim, dim)
        for i in range(depth):
            setattr(self, f"gain{i}", torch.ones(dim, requires_grad=True))  # <- unregistered-tensor: model.gain0, model.gain1, model.gain2
            # fix: setattr(self, f"gain{i}", nn.Parameter(torch.ones(dim)))

    def forward(self, x):
        x = self.inp(x)
        for i in range(self.depth):
            x = torch.sin(x * getattr(self, f"gain{i}"))
        return x


torch.manual_seed(0)
model = GainStack(6, 3)
optim = torch.optim.Adam(model.parameters(), lr=1e-2)
data = [(torch.randn(8, 6), torch.randn(8, 6)) for _ in range(4)]
for x, y in data:
    optim.zero_grad(set_to_none=True)
    (model(x) - y).abs().mean().backward()
    optim.step()
