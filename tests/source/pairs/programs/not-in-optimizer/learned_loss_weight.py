import torch
from torch import nn


def train(data):
    model = nn.Linear(4, 2)
    log_sigma = nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)  # <- not-in-optimizer: log_sigma
    # fix: optimizer = torch.optim.Adam([*model.parameters(), log_sigma], lr=1e-3)
    for x, y in data:
        errors = (model(x) - y).square().mean(0)
        loss = (errors * torch.exp(-log_sigma) + log_sigma).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


train([(torch.randn(8, 4), torch.randn(8, 2)) for _ in range(5)])
