"""Pruned layers: weight_orig trains, the mask is a buffer, weight is recomputed."""

import torch
import torch.nn as nn
from torch.nn.utils import prune

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 2))
prune.l1_unstructured(model[0], name="weight", amount=0.5)
prune.random_unstructured(model[2], name="weight", amount=0.3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(4):
    x, y = torch.randn(16, 10), torch.randint(0, 2, (16,))
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sparsity = float((model[0].weight == 0).float().mean())
    print(step, loss.item(), sparsity)
