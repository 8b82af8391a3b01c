"""A recurrent cell reads sixty times, and what the first state says hardly counts at the end."""

import torch
import torch.nn.functional as F
from torch import nn


class Reader(nn.Module):
    def __init__(self, width=6, hidden=32):
        super().__init__()
        self.start = nn.Linear(width, hidden)
        self.cell = nn.GRUCell(width, hidden)
        self.out = nn.Linear(hidden, 2)

    def forward(self, x):
        h = torch.tanh(self.start(x[:, 0]))
        for time in range(1, x.shape[1]):
            h = self.cell(x[:, time], h)
        return self.out(h)


torch.manual_seed(0)
model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(5):
    x = torch.randn(16, 60, 6)
    label = (x[:, -5:, 0].sum(1) > 0).long()
    loss = F.cross_entropy(model(x), label)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
