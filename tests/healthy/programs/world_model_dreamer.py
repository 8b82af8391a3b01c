"""A recurrent world model and a policy trained inside it, each with its own optimizer."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class WorldModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Linear(6, 8)
        self.cell = nn.GRUCell(10, 8)
        self.decode, self.reward = nn.Linear(8, 6), nn.Linear(8, 1)

    def step(self, h, a):
        return self.cell(torch.cat([h, a], 1), h)


torch.manual_seed(0)
world, policy = WorldModel(), nn.Sequential(nn.Linear(8, 12), nn.ELU(), nn.Linear(12, 2))
world_opt = torch.optim.Adam(world.parameters(), lr=1e-3)
policy_opt = torch.optim.Adam(policy.parameters(), lr=1e-3)
for it in range(4):
    obs, actions = torch.randn(5, 8, 6), torch.randn(5, 8, 2)
    h = torch.tanh(world.encode(obs[0]))
    loss = 0.0
    for t in range(1, 5):
        h = world.step(h, actions[t - 1])
        loss = loss + F.mse_loss(world.decode(h), obs[t])
        loss = loss + F.mse_loss(world.reward(h).squeeze(1), obs[t, :, 0])
    world_opt.zero_grad()
    loss.backward()
    world_opt.step()

    h = h.detach()
    imagined = 0.0
    for _ in range(3):
        h = world.step(h, torch.tanh(policy(h)))
        imagined = imagined + world.reward(h).mean()
    policy_opt.zero_grad()
    (-imagined).backward()
    policy_opt.step()
    print(it, loss.item(), imagined.item())
