"""Model, optimizer and scheduler are restored from a checkpoint, then trained on."""

import io

import torch
import torch.nn as nn


def build():
    model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.9)
    return model, optimizer, scheduler


def train(model, optimizer, scheduler, epochs):
    for _ in range(epochs):
        x = torch.randn(8, 5)
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
        loss.backward()
        optimizer.step()
        scheduler.step()
        print(loss.item())


torch.manual_seed(0)
first = build()
x = torch.randn(8, 5)
nn.functional.mse_loss(first[0](x), x[:, :1]).backward()
first[1].step()
file = io.BytesIO()
torch.save([part.state_dict() for part in first], file)
file.seek(0)
state = torch.load(file)
second = build()
for part, saved in zip(second, state, strict=True):
    part.load_state_dict(saved)
train(*second, epochs=4)
