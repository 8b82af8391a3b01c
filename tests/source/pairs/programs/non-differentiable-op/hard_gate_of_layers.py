import torch
from torch import nn


class Gated(nn.Module):
    def __init__(self, dim, n):
        super().__init__()
        self.gate = nn.Linear(dim, n)
        self.experts = nn.ModuleList([nn.Linear(dim, dim) for _ in range(n)])

    def forward(self, x):
        choice = self.gate(x).softmax(-1)
        hard = nn.functional.one_hot(choice.argmax(-1), choice.size(-1))  # <- non-differentiable-op: self.gate
        # fix: hard = choice
        return sum(h.unsqueeze(-1) * e(x) for h, e in zip(hard.unbind(-1), self.experts))


model = Gated(4, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for x in torch.randn(10, 8, 4):
    loss = (model(x) - x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
