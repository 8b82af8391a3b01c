"""Sequence labelling in which the first batch happens to have nothing to label."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
tagger = nn.Sequential(nn.Embedding(40, 8, padding_idx=0), nn.Linear(8, 12), nn.Tanh(), nn.Linear(12, 5))
opt = torch.optim.Adam(tagger.parameters(), lr=1e-2)
for step in range(5):
    tokens = torch.randint(1, 40, (4, 6))
    known = torch.rand(4, 6) < (0.0 if step == 0 else 0.7)
    tags = torch.randint(0, 5, (4, 6))
    each = F.cross_entropy(tagger(tokens).transpose(1, 2), tags, reduction="none")
    loss = (each * known).sum() / known.sum().clamp(min=1)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
