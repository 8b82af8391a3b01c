import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")


def train(model, optimizer, batches):
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        losses.append(loss)
        total = torch.tensor(losses[-1], requires_grad=True)  # <- rewrapped: model.*
        # fix: total = losses[-1]
        total.backward()
        optimizer.step()
    return losses


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
train(model, optimizer, [(torch.randn(8, 4), torch.randint(0, 2, (8,))) for _ in range(5)])
