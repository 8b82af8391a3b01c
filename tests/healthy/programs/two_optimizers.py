"""Sparse embedding with SparseAdam, the rest with AdamW, both stepped every time."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Recommender(nn.Module):
    def __init__(self, items=100, dim=8):
        super().__init__()
        self.items = nn.Embedding(items, dim, sparse=True)
        self.tower = nn.Sequential(nn.Linear(dim, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, ids):
        return self.tower(self.items(ids).mean(dim=1)).squeeze(-1)


torch.manual_seed(0)
model = Recommender()
sparse_opt = torch.optim.SparseAdam(model.items.parameters(), lr=1e-2)
dense_opt = torch.optim.AdamW(model.tower.parameters(), lr=1e-3)
for step in range(5):
    ids, clicks = torch.randint(0, 100, (16, 5)), torch.randint(0, 2, (16,)).float()
    sparse_opt.zero_grad()
    dense_opt.zero_grad()
    loss = F.binary_cross_entropy_with_logits(model(ids), clicks)
    loss.backward()
    sparse_opt.step()
    dense_opt.step()
    print(step, loss.item())
