"""The forget gate is to begin open; an open gate needs a bias of 1, not of 100."""
import torch
from torch import nn


class ForgetCell(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.gate = nn.Linear(n_in + n_hidden, n_hidden)
        self.update = nn.Linear(n_in, n_hidden)
        nn.init.constant_(self.gate.bias, 100.0)
        # fix: nn.init.constant_(self.gate.bias, 1.0)

    def forward(self, x, h):
        keep = torch.sigmoid(self.gate(torch.cat([x, h], dim=-1)))  # <- saturated: rnn.cell.gate.*
        return keep * h + torch.tanh(self.update(x))


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = ForgetCell(3, 5)
        self.out = nn.Linear(5, 1)

    def forward(self, sequence):
        h = sequence.new_zeros(sequence.size(0), 5)
        for x in sequence.unbind(1):
            h = self.cell(x, h)
        return self.out(h)


torch.manual_seed(0)
rnn = RNN()
optimizer = torch.optim.Adam(rnn.parameters(), lr=1e-2)
sequence, y = torch.randn(7, 4, 3), torch.randn(7, 1)
for _ in range(4):
    optimizer.zero_grad()
    (rnn(sequence) - y).pow(2).mean().backward()
    optimizer.step()
