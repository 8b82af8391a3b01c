import torch
from torch import nn


class FineTuned(nn.Module):
    def __init__(self, freeze=True):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 16))
        self.head = nn.Linear(16, 2)
        self.backbone.requires_grad = False  # <- warning frozen: self.backbone
        # fix: self.backbone.requires_grad_(False)

    def forward(self, x):
        return self.head(self.backbone(x))


model = FineTuned()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(3):
    loss = nn.functional.cross_entropy(model(torch.randn(4, 8)), torch.tensor([0, 1, 0, 1]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
