"""Both nets are made by one helper, whose prior for the hidden units was meant for the last layer."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def mlp(inputs, hidden, outputs, prior=1e-40):
    net = nn.ModuleDict({"hidden": nn.Linear(inputs, hidden), "out": nn.Linear(hidden, outputs)})
    nn.init.constant_(net["hidden"].bias, math.log(prior / (1 - prior)))
    # fix: nn.init.zeros_(net["hidden"].bias)
    return net


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = mlp(4, 16, 8)

    def forward(self, z):
        h = torch.relu(self.net["hidden"](z))  # <- dead-activation: generator.net.hidden.*, generator.net.out.weight
        return self.net["out"](h)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = mlp(8, 16, 1)

    def forward(self, x):
        h = torch.relu(self.net["hidden"](x))  # <- dead-activation: critic.net.hidden.*, critic.net.out.weight
        return self.net["out"](h)


torch.manual_seed(0)
generator, critic = Generator(), Critic()
for_generator = torch.optim.Adam(generator.parameters(), lr=1e-3)
for_critic = torch.optim.Adam(critic.parameters(), lr=1e-3)
for _ in range(4):
    real, fake = torch.randn(16, 8), generator(torch.randn(16, 4))
    loss = F.softplus(-critic(real)).mean() + F.softplus(critic(fake.detach())).mean()
    loss.backward()
    for_critic.step()
    for_critic.zero_grad()
    loss = F.softplus(-critic(fake)).mean() + 0.1 * fake.square().mean()
    loss.backward()
    for_generator.step()
    for_generator.zero_grad()
    for_critic.zero_grad()
