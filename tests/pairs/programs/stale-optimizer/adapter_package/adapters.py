import torch
from torch import nn


class Adapted(nn.Module):
    def __init__(self, base, rank=2):
        super().__init__()
        self.down = nn.Parameter(torch.randn(rank, base.in_features) * 0.5)
        self.up = nn.Parameter(torch.randn(base.out_features, rank) * 0.5)
        self.frozen = base.requires_grad_(False)

    def forward(self, x):
        return self.frozen(x) + x @ self.down.t() @ self.up.t()


def add_adapters(model):
    for name, child in model.named_children():
        if isinstance(child, nn.Linear):
            setattr(model, name, Adapted(child))  # <- stale-optimizer: model.0.down, model.0.up, model.2.down, model.2.up
    return model
