"""A hinge GAN on data far from the generator: the critic's hinges are satisfied after its warm-up."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(3, 8), nn.GELU(), nn.Linear(8, 2))
critic = nn.Sequential(nn.Linear(2, 16), nn.GELU(), nn.Linear(16, 1))
with torch.no_grad():
    critic[-1].weight.mul_(20)
    critic[-1].bias.zero_()
opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3)
opt_c = torch.optim.Adam(critic.parameters(), lr=1e-3)


def real_batch():
    return 40.0 + torch.randn(16, 2)


with torch.no_grad():
    middle = 0.5 * (critic(real_batch()).mean() + critic(generator(torch.randn(16, 3))).mean())
    critic[-1].bias.sub_(middle)
    sign = (critic(real_batch()).mean() > 0).float() * 2 - 1
    critic[-1].weight.mul_(sign)
    critic[-1].bias.mul_(sign)

for step in range(6):
    z = torch.randn(16, 3)
    loss_c = F.relu(1 - critic(real_batch())).mean() + F.relu(1 + critic(generator(z).detach())).mean()
    opt_c.zero_grad()
    loss_c.backward()
    opt_c.step()
    loss_g = -critic(generator(z)).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    print(step, loss_c.item(), loss_g.item())
