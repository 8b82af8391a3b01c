import torch
from torch import nn


class Rescale(nn.Module):
    def __init__(self, dim, dtype):
        super().__init__()
        self.lin = nn.Linear(dim, dim, dtype=dtype)
        self.shift = nn.Parameter(torch.zeros(dim)).to(dtype)  # <- non-leaf-parameter: model.shift
        # fix: self.shift = nn.Parameter(torch.zeros(dim, dtype=dtype))

    def forward(self, x):
        return self.lin(x) + self.shift


torch.manual_seed(0)
model = Rescale(4, torch.float64)
opt = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
x, y = torch.randn(9, 4, dtype=torch.float64), torch.randn(9, 4, dtype=torch.float64)
for _ in range(5):
    opt.zero_grad()
    ((model(x) - y) ** 2).mean().backward()
    opt.step()
