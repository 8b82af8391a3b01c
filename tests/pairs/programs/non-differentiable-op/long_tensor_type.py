import torch
import torch.nn.functional as F
from torch import nn


class Router(nn.Module):
    def __init__(self, dim=4, experts=2):
        super().__init__()
        self.gate = nn.Linear(dim, 1)
        self.experts = nn.ModuleList(nn.Linear(dim, dim) for _ in range(experts))

    def forward(self, x):
        weight = torch.sigmoid(self.gate(x)) + 0.5
        choice = weight.type(torch.LongTensor)  # <- non-differentiable-op: router.gate.weight, router.gate.bias
        # fix: choice = weight
        first, second = (expert(x) for expert in self.experts)
        return choice * first + (1 - choice) * second


torch.manual_seed(0)
router = Router()
optimizer = torch.optim.Adam(router.parameters(), lr=1e-3)
x = torch.randn(16, 4)
for epoch in range(5):
    optimizer.zero_grad()
    loss = F.mse_loss(router(x), x.roll(1, dims=1))
    loss.backward()
    optimizer.step()
