"""What comes back is rounding noise, which Adam turns into steps of full size."""
import torch
from torch import nn


class Critic(nn.Module):
    def __init__(self, n_obs, hidden=32):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_obs, hidden), nn.Tanh())
        self.value = nn.Linear(hidden, 1)
        self.norm = nn.LayerNorm(1)
        # fix: self.norm = nn.Identity()

    def forward(self, obs):
        return self.norm(self.value(self.body(obs)))  # <- constant-output: critic.body.*, critic.value.*, critic.norm.weight -> critic.body.*, critic.value.*


torch.manual_seed(0)
critic = Critic(4)
optimizer = torch.optim.Adam(critic.parameters(), lr=1e-2)
obs, returns = torch.randn(32, 4), torch.randn(32, 1)
for _ in range(5):
    loss = nn.functional.mse_loss(critic(obs), returns)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
