import numpy as np
import torch
from torch import nn

PRIORS = np.array([3, 1, 2])


class WithPrior(nn.Module):
    def __init__(self, dim, prior):
        super().__init__()
        self.lin = nn.Linear(dim, len(prior))
        prior = torch.from_numpy(prior)
        # fix: prior = torch.from_numpy(prior).float()
        self.prior = nn.Parameter(prior, requires_grad=prior.is_floating_point())  # <- warning integer-dtype: net.prior

    def forward(self, x):
        return self.lin(x) + self.prior


torch.manual_seed(0)
net = WithPrior(4, PRIORS)
opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
x, y = torch.randn(9, 4), torch.randint(0, 3, (9,))
for step in range(4):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
