"""A hook that was to mask some rows masks them all."""
import torch
from torch import nn


class Table(nn.Module):
    def __init__(self, rows=6, dim=4):
        super().__init__()
        self.table = nn.Embedding(rows, dim)
        self.out = nn.Linear(dim, 2)
        keep = torch.zeros(rows, 1)
        # fix: keep = torch.ones(rows, 1)
        self.table.weight.register_hook(lambda grad: grad * keep)  # <- warning custom-gradient: model.table.weight

    def forward(self, tokens):
        return self.out(self.table(tokens).mean(1))


torch.manual_seed(0)
model = Table()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
tokens, labels = torch.randint(0, 6, (8, 3)), torch.randint(0, 2, (8,))
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(tokens), labels).backward()
    optimizer.step()
