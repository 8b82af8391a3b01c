import torch
from torch import nn


def train(model, loader, optimizer, criterion):
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels).detach()  # <- detached: -
        # fix: loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
