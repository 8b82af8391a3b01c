import torch
import torch.nn.functional as F
from torch import nn


class Policy(nn.Module):
    def __init__(self, n_obs, n_actions):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(n_obs, 12), nn.Tanh())
        self.logits = nn.Linear(12, n_actions)
        self.value = nn.Linear(n_actions, 1)

    def forward(self, obs):
        log_p = F.log_softmax(self.logits(self.encoder(obs)), dim=-1)
        features = log_p.relu()  # <- dead-activation: policy.encoder.0.*, policy.logits.*, policy.value.weight
        # fix: features = (-log_p).relu()
        return self.value(features).squeeze(-1)


torch.manual_seed(0)
policy = Policy(5, 4)
optimizer = torch.optim.Adam(policy.parameters(), lr=3e-3)
obs, returns = torch.randn(16, 5), torch.randn(16)
for iteration in range(4):
    loss = F.smooth_l1_loss(policy(obs), returns)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
