"""PPO's clamp: flat for ratios that have gone far, and the minimum keeps a way open."""

import torch
import torch.nn as nn

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
opt = torch.optim.Adam(policy.parameters(), lr=3e-2)
obs, actions = torch.randn(64, 4), torch.randint(0, 3, (64,))
advantages = torch.randn(64)
with torch.no_grad():
    old = torch.log_softmax(policy(obs), -1).gather(1, actions[:, None]).squeeze(1)
for epoch in range(6):
    new = torch.log_softmax(policy(obs), -1).gather(1, actions[:, None]).squeeze(1)
    ratio = (new - old).exp()
    clipped = ratio.clamp(0.8, 1.2)
    loss = -torch.min(ratio * advantages, clipped * advantages).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
