"""Weights are kept positive so that the output rises with every input; the inputs are log-prices."""
import torch
import torch.nn.functional as F
from torch import nn


class MonotoneLinear(nn.Linear):
    def forward(self, x):
        return F.linear(x, self.weight.exp(), None)


class Demand(nn.Module):
    def __init__(self, n, hidden):
        super().__init__()
        self.layers = nn.ModuleList([MonotoneLinear(n, hidden), MonotoneLinear(hidden, 1)])
        self.offset = nn.Parameter(torch.zeros(1))

    def forward(self, prices):
        x = prices.log()
        # fix: x = prices.log() + 6.0
        first, last = self.layers
        x = first(x).relu_()  # <- dead-activation: demand.layers.0.weight, demand.layers.1.weight
        return last(x) + self.offset


torch.manual_seed(0)
demand = Demand(3, 8)
for layer in demand.layers:
    layer.bias = None
optimizer = torch.optim.Adam(demand.parameters(), lr=1e-2)
prices, sold = 0.01 + 0.5 * torch.rand(20, 3), torch.rand(20, 1)
for _ in range(5):
    optimizer.zero_grad()
    F.mse_loss(demand(prices), sold).backward()
    optimizer.step()
