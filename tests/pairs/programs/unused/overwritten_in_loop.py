"""Each scale overwrites the one before: only the last reaches the head."""
import torch
from torch import nn


class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.coarse = nn.Linear(6, 4)
        self.fine = nn.Linear(6, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        h = torch.tanh(self.coarse(x))  # <- unused: model.coarse.weight, model.coarse.bias
        h = torch.tanh(self.fine(x))
        # fix: h = h + torch.tanh(self.fine(x))
        return self.head(h)


torch.manual_seed(0)
model = Pyramid()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
x, y = torch.randn(8, 6), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
