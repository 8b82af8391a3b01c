import torch
from torch import nn


class DeepRNN(nn.Module):
    """Cells on top of one another, over a sequence; nothing goes around them."""

    def __init__(self, inputs, hidden, depth):
        super().__init__()
        sizes = [inputs] + [hidden] * (depth - 1)
        self.cells = nn.ModuleList(nn.RNNCell(size, hidden) for size in sizes)
        self.out = nn.Linear(hidden, 1)
        for cell in self.cells:
            nn.init.uniform_(cell.weight_ih, -0.03, 0.03)
            # fix: nn.init.orthogonal_(cell.weight_ih)
            nn.init.uniform_(cell.weight_hh, -0.03, 0.03)

    def forward(self, sequence):
        states = [sequence.new_zeros(sequence.shape[1], cell.hidden_size) for cell in self.cells]
        for x in sequence:
            for i, cell in enumerate(self.cells):
                x = states[i] = cell(x, states[i])  # <- warning vanishing: model.cells.[0-4].*
        return self.out(x)


torch.manual_seed(0)
model = DeepRNN(4, 12, 8)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(12, 8, 4), torch.randn(8, 1)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x), y).backward()
    optimizer.step()
