import torch
from torch import nn


def train_step(model, optimizer, batches):
    optimizer.zero_grad()
    total = 0.0
    for x, y in batches:
        loss = nn.functional.smooth_l1_loss(model(x), y, reduction="mean")  # <- underflow: model.*
        total = total + loss / 4096 / len(batches)
    total.backward()
    optimizer.step()


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 512))
model.half()
# fix:
optimizer = torch.optim.SGD(model.parameters(), lr=100.0)
batches = [(torch.randn(32, 8), 0.1 * torch.randn(32, 512)) for _ in range(2)]
for _ in range(4):
    train_step(model, optimizer, [(x.half(), y.half()) for x, y in batches])
    # fix: train_step(model, optimizer, batches)
