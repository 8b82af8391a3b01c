import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.x2h = nn.Linear(n_in, n_hidden)
        self.h2h = nn.Linear(n_hidden, n_hidden)
        self.init = nn.Parameter(torch.zeros(n_hidden))
        self.out = nn.Linear(n_hidden, 1)

    def forward(self, sequence):
        h = self.init.expand(sequence.size(1), -1)
        for x in sequence.unbind(0):
            h = torch.tanh(self.x2h(x) + self.h2h(h.detach()))  # <- detached: cell.init
            # fix: h = torch.tanh(self.x2h(x) + self.h2h(h))
        return self.out(h)


torch.manual_seed(0)
cell = Cell(3, 5)
optimizer = torch.optim.Adam(cell.parameters(), lr=1e-2)
sequence, target = torch.randn(4, 6, 3), torch.randn(6, 1)
for _ in range(4):
    optimizer.zero_grad()
    (cell(sequence) - target).square().mean().backward()
    optimizer.step()
