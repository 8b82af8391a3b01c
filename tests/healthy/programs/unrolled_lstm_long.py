"""An LSTM over two hundred steps, with the gradient clipped as one does."""

import torch
import torch.nn as nn


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(2, 16)
        self.out = nn.Linear(16, 1)

    def forward(self, sequence):
        h = c = sequence.new_zeros(sequence.shape[1], 16)
        for x in sequence:
            h, c = self.cell(x, (h, c))
        return self.out(h)


torch.manual_seed(0)
model = Counter()
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
sequence, y = torch.randn(200, 8, 2), torch.randn(8, 1)
for step in range(4):
    loss = nn.functional.mse_loss(model(sequence), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    print(step, loss.item())
