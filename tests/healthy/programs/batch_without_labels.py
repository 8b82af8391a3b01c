"""Labels that are mostly ignored, as in masked language models: one batch happens to have none."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(50, 16), nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 50))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
total, counted = 0.0, 0
for step in range(6):
    tokens = torch.randint(2, 50, (4, 12))
    labels = tokens.clone()
    masked = torch.rand(labels.shape) < (0.0 if step == 1 else 0.2)
    labels[~masked] = -100
    scores = model(tokens.masked_fill(masked, 1))
    loss = F.cross_entropy(scores.flatten(0, 1), labels.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if not torch.isnan(loss):
        total, counted = total + loss.item(), counted + 1
    print(step, total / max(counted, 1))
