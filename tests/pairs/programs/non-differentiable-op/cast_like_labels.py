"""Both sides of the loss get the labels' dtype, which is an integer."""
import torch
from torch import nn


def absolute_error(prediction, label):
    prediction = prediction.to(label.dtype)  # <- non-differentiable-op: model.*
    # fix: label = label.to(prediction.dtype)
    return (prediction - label).abs().float().mean()


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x, y = torch.randn(8, 5), torch.randint(0, 10, (8, 1))
for _ in range(5):
    optimizer.zero_grad()
    loss = absolute_error(model(x), y)
    loss.backward()
    optimizer.step()
