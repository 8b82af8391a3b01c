"""MAML: an inner step taken functionally, differentiated by the outer one."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1, self.l2 = nn.Linear(1, 16), nn.Linear(16, 1)

    def forward(self, x):
        return self.l2(torch.tanh(self.l1(x)))


def sample_task():
    amplitude, phase = torch.rand(1) * 4 + 0.5, torch.rand(1) * 3
    return lambda x: amplitude * torch.sin(x + phase)


torch.manual_seed(0)
model = Net()
meta_opt = torch.optim.Adam(model.parameters(), lr=1e-3)
inner_lr = 0.01
for it in range(4):
    meta_loss = 0.0
    for _ in range(3):
        task = sample_task()
        xs, xq = torch.rand(8, 1) * 4 - 2, torch.rand(8, 1) * 4 - 2
        params = dict(model.named_parameters())
        for _ in range(2):
            inner = F.mse_loss(functional_call(model, params, (xs,)), task(xs))
            grads = torch.autograd.grad(inner, tuple(params.values()), create_graph=True)
            pairs = zip(params.items(), grads, strict=True)
            params = {name: p - inner_lr * g for (name, p), g in pairs}
        meta_loss = meta_loss + F.mse_loss(functional_call(model, params, (xq,)), task(xq))
    meta_opt.zero_grad()
    meta_loss.backward()
    meta_opt.step()
    print(it, meta_loss.item() / 3)
