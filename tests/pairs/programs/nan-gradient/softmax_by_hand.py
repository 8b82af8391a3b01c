import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, dim, experts):
        super().__init__()
        self.route = nn.Linear(dim, experts, bias=False)
        self.experts = nn.ModuleList(nn.Linear(dim, 1) for _ in range(experts))

    def forward(self, x):
        scores = self.route(x)
        e = torch.exp(scores)  # <- nan-gradient: gate.*
        # fix: e = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
        weights = e / e.sum(-1, keepdim=True)
        return sum(weights[:, i : i + 1] * expert(x) for i, expert in enumerate(self.experts))


torch.manual_seed(1)
gate = Gate(4, 3)
optimizer = torch.optim.Adam(gate.parameters(), lr=1e-3)
x, y = torch.randn(16, 4) * 300, torch.randn(16, 1)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.smooth_l1_loss(gate(x), y).backward()
    optimizer.step()
