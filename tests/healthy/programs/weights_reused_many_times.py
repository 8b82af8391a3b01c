"""One block over all layers, as in a universal transformer, and a gated cell over a long sequence."""

import torch
import torch.nn as nn


class Universal(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 16)
        self.block = nn.Sequential(nn.LayerNorm(16), nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.cell = nn.GRUCell(16, 16)
        self.head = nn.Linear(16, 1)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.head.weight, std=1e-3)

    def forward(self, x):
        h = self.embed(x)
        for _ in range(24):
            h = h + self.block(h)
        state = h.new_zeros(len(x), 16)
        for one in h.unbind(1):
            state = self.cell(one, state)
        return self.head(state).squeeze(1)


torch.manual_seed(0)
model = Universal()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(5):
    x = torch.randn(8, 60, 3)
    loss = nn.functional.mse_loss(model(x), x.mean((1, 2)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
