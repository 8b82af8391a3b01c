import torch
from torch import nn


class Offset(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.full((6, 3), 20.0, dtype=torch.float16))  # <- update-underflow: offset.table
        # fix: self.table = nn.Parameter(torch.full((6, 3), 20.0))
        self.out = nn.Linear(3, 1)

    def forward(self, ids):
        return self.out(self.table[ids].float() / 20)


torch.manual_seed(0)
offset = Offset()
optimizer = torch.optim.SGD(offset.parameters(), lr=0.05)
ids, y = torch.randint(0, 6, (32,)), torch.randn(32, 1)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.mse_loss(offset(ids), y).backward()
    optimizer.step()
