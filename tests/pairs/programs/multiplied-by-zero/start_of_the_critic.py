"""The critic's terms begin after a number of steps that the run never reaches."""
import torch
import torch.nn.functional as F
from torch import nn


class Losses(nn.Module):
    def __init__(self, starts_at):
        super().__init__()
        self.starts_at = starts_at
        self.critic = nn.Sequential(nn.Linear(12, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))

    def weight(self, step):
        return torch.tensor(float(step >= self.starts_at))

    def of_generator(self, x, made, step):
        return (x - made).abs().mean() - self.weight(step) * self.critic(made).mean()

    def of_critic(self, x, made, step):
        real, fake = self.critic(x), self.critic(made.detach())
        told_apart = F.softplus(-real).mean() + F.softplus(fake).mean()
        return self.weight(step) * told_apart  # <- warning multiplied-by-zero: losses.critic.*


torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 12))
losses = Losses(starts_at=50_001)
# fix: losses = Losses(starts_at=0)
by_generator = torch.optim.Adam(generator.parameters(), lr=1e-3)
by_critic = torch.optim.Adam(losses.parameters(), lr=1e-3)
for step in range(5):
    x = torch.randn(32, 12)
    made = generator(x)
    by_critic.zero_grad()
    losses.of_critic(x, made, step).backward()
    by_critic.step()
    by_critic.zero_grad()
    by_generator.zero_grad()
    losses.of_generator(x, made, step).backward()
    by_generator.step()
