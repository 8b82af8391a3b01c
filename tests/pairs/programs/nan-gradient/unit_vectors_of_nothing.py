import torch
from torch import nn


class Directions(nn.Module):
    def __init__(self):
        super().__init__()
        self.keys = nn.Embedding(10, 4, padding_idx=0)
        self.query = nn.Linear(4, 4)

    def forward(self, ids, x):
        k = self.keys(ids)
        k = k / k.norm(dim=-1, keepdim=True)  # <- nan-gradient: model.*
        # fix: k = k / k.norm(dim=-1, keepdim=True).clamp_min(1e-8)
        return (self.query(x).unsqueeze(1) * k).sum(-1)


torch.manual_seed(0)
model = Directions()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
ids = torch.tensor([[1, 2, 3], [4, 0, 0]])
x, y = torch.randn(2, 4), torch.tensor([0, 1])
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(ids, x), y).backward()
    optimizer.step()
