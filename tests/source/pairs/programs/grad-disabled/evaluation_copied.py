"""The training loop was made of the evaluation loop, and its first line stayed."""

import torch
from torch import nn


def evaluate(model, loader):
    model.eval()
    hits = 0
    with torch.no_grad():
        for x, y in loader:
            hits += (model(x).argmax(1) == y).sum().item()
    return hits


def train(model, loader, optimizer):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        with torch.no_grad():  # <- grad-disabled: -
            # fix: if True:
            loss = nn.functional.cross_entropy(model(x), y)
        loss.requires_grad_()
        # fix:
        loss.backward()
        optimizer.step()
