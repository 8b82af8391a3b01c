import math

import torch
from torch import nn


class LoRALinear(nn.Linear):
    def __init__(self, n_in, n_out, rank):
        super().__init__(n_in, n_out)
        self.a = (torch.randn(rank, n_in) / math.sqrt(n_in)).requires_grad_()  # <- unregistered-tensor: model.2.a
        # fix: self.a = nn.Parameter(torch.randn(rank, n_in) / math.sqrt(n_in))
        self.b = nn.Parameter(torch.randn(n_out, rank))

    def forward(self, x):
        return super().forward(x) + x @ self.a.t() @ self.b.t()
