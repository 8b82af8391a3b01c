"""A WGAN with weight clipping; the generator moves once for every few critic steps."""

import torch
import torch.nn as nn

torch.manual_seed(0)
n_critic = 3
clip = 0.05

generator = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 8))
critic = nn.Sequential(nn.Linear(8, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt_g = torch.optim.RMSprop(generator.parameters(), lr=5e-4)
opt_c = torch.optim.RMSprop(critic.parameters(), lr=5e-4)

for step in range(9):
    real = torch.randn(32, 8) + 1.0
    z = torch.randn(32, 4)

    opt_c.zero_grad()
    with torch.no_grad():
        fake = generator(z)
    loss_c = critic(fake).mean() - critic(real).mean()
    loss_c.backward()
    opt_c.step()
    for p in critic.parameters():
        p.data.clamp_(-clip, clip)

    if step % n_critic == 0:
        opt_g.zero_grad()
        loss_g = -critic(generator(z)).mean()
        loss_g.backward()
        opt_g.step()
    print(step, loss_c.item())
