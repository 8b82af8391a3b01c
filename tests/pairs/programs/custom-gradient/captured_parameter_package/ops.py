import torch
from torch import nn


class GateFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, module):
        gate = torch.sigmoid(module.gate)
        ctx.save_for_backward(gate)
        return x * gate

    @staticmethod
    def backward(ctx, grad):
        (gate,) = ctx.saved_tensors
        return grad * gate, None


class Gated(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gate = nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        return GateFunction.apply(x, self)  # <- custom-gradient: model.1.gate
        # fix: return x * torch.sigmoid(self.gate)
