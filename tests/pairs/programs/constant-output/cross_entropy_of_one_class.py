"""A binary task with one logit, and the loss for many classes."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(6, 12),
    nn.GELU(),
    nn.Linear(12, 1),
)
criterion = nn.CrossEntropyLoss()
# fix: criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
x = torch.randn(24, 6)
y = (x.sum(1, keepdim=True) > 0).float()
for epoch in range(5):
    logits = model(x)
    loss = criterion(logits, y)  # <- constant-output: model.*
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
