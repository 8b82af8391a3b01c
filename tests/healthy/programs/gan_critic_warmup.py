"""The critic trains alone for a while before the generator's first step."""

import torch
from torch import nn

torch.manual_seed(0)
gen = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 5))
critic = nn.Sequential(nn.Linear(5, 12), nn.LeakyReLU(0.2), nn.Linear(12, 1))
opt_gen = torch.optim.Adam(gen.parameters(), lr=1e-3)
opt_critic = torch.optim.Adam(critic.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
warmup, total = 25, 28
for step in range(total):
    real = torch.randn(8, 5) + 2
    fake = gen(torch.randn(8, 3))
    loss_c = bce(critic(real), torch.ones(8, 1)) + bce(critic(fake.detach()), torch.zeros(8, 1))
    opt_critic.zero_grad()
    loss_c.backward()
    opt_critic.step()
    if step >= warmup:
        loss_g = bce(critic(fake), torch.ones(8, 1))
        opt_gen.zero_grad()
        loss_g.backward()
        opt_gen.step()
        print(step, loss_c.item(), loss_g.item())
