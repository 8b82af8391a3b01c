"""A reward model on pairs (Bradley-Terry); the ranks of the annotators were added unscaled."""
import torch
import torch.nn.functional as F
from torch import nn


class RewardModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, 16), nn.GELU())
        self.reward = nn.Linear(16, 1)

    def forward(self, features):
        return self.reward(self.trunk(features)).squeeze(-1)


def preference_loss(reward_model, chosen, rejected, gap):
    margin = reward_model(chosen) - reward_model(rejected) + gap
    return -F.logsigmoid(margin).mean()  # <- saturated: reward_model.* -> reward_model.trunk.0.*, reward_model.reward.weight


torch.manual_seed(0)
reward_model = RewardModel()
optimizer = torch.optim.AdamW(reward_model.parameters(), lr=1e-3, weight_decay=0.0)
for step in range(4):
    chosen, rejected = torch.randn(2, 16, 8)
    gap = torch.randint(200, 1000, (16,)).float()
    # fix: gap = torch.rand(16)
    loss = preference_loss(reward_model, chosen, rejected, gap)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
