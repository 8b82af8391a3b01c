import torch
from torch import nn


class Routed(nn.Module):
    def __init__(self, dim=4, n=3):
        super().__init__()
        self.gate = nn.Linear(dim, n)
        self.tables = nn.Parameter(torch.randn(n, dim))
        self.out = nn.Linear(dim, 2)

    def forward(self, x):
        expert = self.gate(x).argmax(dim=-1)  # <- non-differentiable-op: model.gate.weight, model.gate.bias
        # fix: expert = self.gate(x).softmax(dim=-1)
        return self.out(x * self.tables[expert])
        # fix: return self.out(x * (expert @ self.tables))


torch.manual_seed(0)
model = Routed()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(16, 4), torch.randint(0, 2, (16,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
