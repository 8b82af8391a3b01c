"""Elman cells on top of one another, by hand, with input matrices that are too large."""
import torch
from torch import nn


class Elman(nn.Module):
    def __init__(self, inputs, hidden, depth):
        super().__init__()
        self.inp = nn.ModuleList(nn.Linear(inputs if i == 0 else hidden, hidden) for i in range(depth))
        self.rec = nn.ModuleList(nn.Linear(hidden, hidden, bias=False) for _ in range(depth))
        self.out = nn.Linear(hidden, 1)
        for inp, rec in zip(self.inp, self.rec):
            nn.init.orthogonal_(rec.weight, gain=0.5)
            nn.init.normal_(inp.weight, std=6.0)
            # fix: nn.init.xavier_normal_(inp.weight)

    def forward(self, sequence):
        for inp, rec in zip(self.inp, self.rec):
            h, states = torch.zeros(sequence.shape[1], rec.in_features), []
            for x in sequence:
                h = inp(x) + rec(h)  # <- warning exploding: model.inp.[01].*
                states.append(h)
            sequence = torch.stack(states)
        return self.out(sequence[-1])


torch.manual_seed(0)
model = Elman(3, 12, 5)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(10, 8, 3), torch.randn(8, 1)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
