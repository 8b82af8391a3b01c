"""A penalty meant for confident predictions: the mean of a softmax is 1 / n, whatever goes in."""
import torch
from torch import nn


class Experts(nn.Module):
    def __init__(self, dim, n):
        super().__init__()
        self.router = nn.Linear(dim, n)
        self.experts = nn.ModuleList(nn.Linear(dim, 1) for _ in range(n))

    def forward(self, x):
        probs = self.router(x).softmax(dim=-1)
        outs = torch.cat([e(x) for e in self.experts], dim=-1)
        return outs.mean(-1, keepdim=True), probs


def balance(probs):
    return probs.mean()  # <- constant-output: model.router.weight, model.router.bias
    # fix: return probs.square().mean()


torch.manual_seed(0)
model = Experts(6, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(16, 6), torch.randn(16, 1)
for _ in range(5):
    out, probs = model(x)
    loss = nn.functional.mse_loss(out, y) + balance(probs)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
