"""Soft actor-critic: three optimizers, twin targets, reparameterized actions, a learned alpha."""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.q1 = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
        self.q2 = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, s, a):
        sa = torch.cat([s, a], 1)
        return self.q1(sa), self.q2(sa)


class Actor(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 16), nn.ReLU())
        self.mean, self.log_std = nn.Linear(16, 2), nn.Linear(16, 2)

    def sample(self, s):
        h = self.body(s)
        dist = torch.distributions.Normal(self.mean(h), self.log_std(h).clamp(-5, 2).exp())
        raw = dist.rsample()
        action = torch.tanh(raw)
        log_prob = dist.log_prob(raw) - torch.log(1 - action.pow(2) + 1e-6)
        return action, log_prob.sum(1, keepdim=True)


class SAC:
    def __init__(self):
        self.actor, self.critic = Actor(), Critic()
        self.critic_target = copy.deepcopy(self.critic)
        self.log_alpha = torch.zeros(1, requires_grad=True)
        self.actor_opt = torch.optim.Adam(self.actor.parameters(), lr=3e-4)
        self.critic_opt = torch.optim.Adam(self.critic.parameters(), lr=3e-4)
        self.alpha_opt = torch.optim.Adam([self.log_alpha], lr=3e-4)
        self.target_entropy = -2.0

    def update(self, s, a, r, s2):
        alpha = self.log_alpha.exp()
        with torch.no_grad():
            a2, logp2 = self.actor.sample(s2)
            t1, t2 = self.critic_target(s2, a2)
            target = r + 0.99 * (torch.min(t1, t2) - alpha * logp2)
        q1, q2 = self.critic(s, a)
        critic_loss = F.mse_loss(q1, target) + F.mse_loss(q2, target)
        self.critic_opt.zero_grad()
        critic_loss.backward()
        self.critic_opt.step()

        new_a, logp = self.actor.sample(s)
        actor_loss = (alpha.detach() * logp - torch.min(*self.critic(s, new_a))).mean()
        self.actor_opt.zero_grad()
        actor_loss.backward()
        self.actor_opt.step()

        alpha_loss = -(self.log_alpha * (logp + self.target_entropy).detach()).mean()
        self.alpha_opt.zero_grad()
        alpha_loss.backward()
        self.alpha_opt.step()

        params = zip(self.critic.parameters(), self.critic_target.parameters(), strict=True)
        for p, tp in params:
            tp.data.copy_(0.005 * p.data + 0.995 * tp.data)
        return critic_loss.item(), actor_loss.item(), alpha_loss.item()


torch.manual_seed(0)
agent = SAC()
for step in range(4):
    batch = (torch.randn(16, 4), torch.randn(16, 2).tanh(), torch.randn(16, 1), torch.randn(16, 4))
    print(step, *agent.update(*batch))
