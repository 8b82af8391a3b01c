import torch
from torch import nn


class Normalized(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.raw = nn.Parameter(torch.randn(n_out, n_in))
        self.bias = nn.Parameter(torch.zeros(n_out))

    @property
    @torch.no_grad()  # <- grad-disabled: model.0.raw, model.2.raw
    # fix:
    def weight(self):
        return self.raw / self.raw.norm(dim=1, keepdim=True)

    def forward(self, x):
        return nn.functional.linear(x, self.weight, self.bias)


torch.manual_seed(0)
model = nn.Sequential(Normalized(4, 6), nn.Tanh(), Normalized(6, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
