import torch
from torch import nn


def fit(data, epochs=3):
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    opt.zero_grad()
    for epoch in range(epochs):
        for x, y in data:
            # fix+ opt.zero_grad()
            nn.functional.mse_loss(net(x), y).backward()
            opt.step()  # <- warning grads-not-cleared: net
