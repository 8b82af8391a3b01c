"""The adversarial term counts from a later step on, and until then the critic does not step."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 12))
critic = nn.Sequential(nn.Linear(12, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt_generator = torch.optim.Adam(generator.parameters(), lr=1e-3)
opt_critic = torch.optim.Adam(critic.parameters(), lr=1e-3)
starts_at = 6
for step in range(8):
    x = torch.randn(32, 12)
    made = generator(x)
    weight = 0.1 if step >= starts_at else 0.0
    judged = critic(made)
    realism = F.binary_cross_entropy_with_logits(judged, torch.ones_like(judged))
    loss = F.mse_loss(made, x) + weight * realism
    opt_generator.zero_grad()
    loss.backward()
    opt_generator.step()
    if step >= starts_at:
        real, fake = critic(x), critic(made.detach())
        loss_critic = F.binary_cross_entropy_with_logits(
            torch.cat([real, fake]), torch.cat([torch.ones_like(real), torch.zeros_like(fake)])
        )
        opt_critic.zero_grad()
        loss_critic.backward()
        opt_critic.step()
        print(step, loss.item(), loss_critic.item())
