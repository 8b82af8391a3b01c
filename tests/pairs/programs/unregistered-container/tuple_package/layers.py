import torch
from torch import nn


class Base(nn.Module):
    def __init__(self, depth, dim):
        super().__init__()
        self.stages = self.build(depth, dim)  # <- unregistered-container: model.stages.*
        # fix: self.stages = nn.ModuleList(self.build(depth, dim))
        self.out = nn.Linear(dim, dim)

    def build(self, depth, dim):
        raise NotImplementedError


class ResidualNet(Base):
    def build(self, depth, dim):
        return tuple(nn.Sequential(nn.Linear(dim, dim), nn.Tanh()) for _ in range(depth))

    def forward(self, x):
        for stage in self.stages:
            x = x + stage(x)
        return self.out(x)
