"""OneCycle on one optimizer, CyclicLR on another."""

import torch
import torch.nn as nn

torch.manual_seed(0)
a, b = nn.Linear(5, 5), nn.Linear(5, 1)
opt_a = torch.optim.SGD(a.parameters(), lr=0.1, momentum=0.9)
opt_b = torch.optim.Adam(b.parameters(), lr=1e-3)
cyclic = torch.optim.lr_scheduler.CyclicLR(opt_a, base_lr=0.0, max_lr=0.1, step_size_up=2)
one = torch.optim.lr_scheduler.OneCycleLR(opt_b, max_lr=0.01, total_steps=6)
for step in range(6):
    x = torch.randn(8, 5)
    loss = (b(torch.tanh(a(x))) - x[:, :1]).pow(2).mean()
    opt_a.zero_grad()
    opt_b.zero_grad()
    loss.backward()
    opt_a.step()
    opt_b.step()
    cyclic.step()
    one.step()
    print(step, loss.item(), opt_a.param_groups[0]["lr"])
