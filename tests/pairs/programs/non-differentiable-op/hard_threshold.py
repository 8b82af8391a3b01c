import torch
from torch import nn


class Masked(nn.Module):
    def __init__(self, dim=6):
        super().__init__()
        self.mask = nn.Parameter(torch.randn(dim))
        self.lin = nn.Linear(dim, 1)

    def forward(self, x):
        keep = (torch.sigmoid(self.mask) > 0.5).float()  # <- non-differentiable-op: model.mask
        # fix: keep = torch.sigmoid(self.mask)
        return self.lin(x * keep)


torch.manual_seed(0)
model = Masked()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
x, y = torch.randn(8, 6), torch.randn(8, 1)
for _ in range(5):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
