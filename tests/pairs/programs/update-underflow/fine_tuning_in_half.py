import torch
from torch import nn


class Adapter(nn.Module):
    def __init__(self, base):
        super().__init__()
        self.base = base
        self.gate = nn.Parameter(torch.full((4,), 2.0, dtype=base.weight.dtype))  # <- update-underflow: model.*

    def forward(self, x):
        return self.base(x) * self.gate


def pretrained():
    base = nn.Linear(6, 4)
    nn.init.uniform_(base.weight, 0.5, 1.0)
    nn.init.uniform_(base.bias, 0.5, 1.0)
    return base


def finetune(model, data, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    for x, y in data:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x).float(), y)
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
base = pretrained().to(torch.float16)
# fix: base = pretrained()
model = Adapter(base)
x = torch.randn(16, 6).to(base.weight.dtype)
finetune(model, [(x, torch.randn(16, 4)) for _ in range(4)], lr=1e-6)
