"""Advantage actor-critic in the usual shape: shared trunk, detached advantage, entropy bonus."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class ActorCritic(nn.Module):
    def __init__(self, obs=6, actions=3):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(obs, 32), nn.Tanh())
        self.actor = nn.Linear(32, actions)
        self.critic = nn.Linear(32, 1)

    def forward(self, x):
        h = self.trunk(x)
        return torch.distributions.Categorical(logits=self.actor(h)), self.critic(h).squeeze(-1)


def compute_returns(rewards, bootstrap, gamma=0.95):
    returns, running = [], bootstrap
    for r in reversed(rewards):
        running = r + gamma * running
        returns.append(running)
    return torch.stack(returns[::-1])


torch.manual_seed(0)
net = ActorCritic()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
state = torch.randn(4, 6)
for update in range(4):
    log_probs, values, rewards, entropies = [], [], [], []
    for _ in range(5):
        dist, value = net(state)
        action = dist.sample()
        log_probs.append(dist.log_prob(action))
        entropies.append(dist.entropy())
        values.append(value)
        rewards.append((action == 1).float() - 0.1 * state[:, 0].abs())
        state = 0.8 * state + 0.2 * torch.randn_like(state)
    with torch.no_grad():
        _, next_value = net(state)
    returns = compute_returns(rewards, next_value)
    values = torch.stack(values)
    advantage = returns - values
    actor_loss = -(torch.stack(log_probs) * advantage.detach()).mean()
    critic_loss = F.mse_loss(values, returns)
    loss = actor_loss + 0.5 * critic_loss - 0.01 * torch.stack(entropies).mean()
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.5)
    opt.step()
    print(update, loss.item())
