import torch
from torch import nn


class StraightThroughRound(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.round(x)

    @staticmethod
    def backward(ctx, grad_output):
        return torch.zeros_like(grad_output)
        # fix: return grad_output


class Codec(nn.Module):
    def __init__(self):
        super().__init__()
        self.analysis = nn.Linear(6, 3)
        self.synthesis = nn.Linear(3, 6)

    def forward(self, x):
        codes = StraightThroughRound.apply(4 * self.analysis(x))  # <- custom-gradient: codec.analysis.weight, codec.analysis.bias
        return self.synthesis(codes / 4)


def main():
    torch.manual_seed(0)
    codec = Codec()
    optimizer = torch.optim.AdamW(codec.parameters(), lr=1e-2, weight_decay=0.1)
    x = torch.randn(12, 6)
    for _ in range(5):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(codec(x), x)
        loss.backward()
        optimizer.step()


main()
