import torch
from torch import nn


class Policy(nn.Module):
    def __init__(self, states, actions):
        super().__init__()
        self.body = nn.Linear(states, 16)
        self.head = nn.Linear(16, actions)

    def forward(self, x):
        return torch.softmax(40 * self.head(torch.tanh(self.body(x))) + self.prior(), dim=-1)

    def prior(self):
        return torch.tensor([0.0, -200.0, 0.0])


def entropy_bonus(probs):
    return -(probs * torch.log(probs)).sum(-1).mean()  # <- nan-gradient: policy.*
    # fix: return -(probs * torch.log(probs.clamp_min(1e-8))).sum(-1).mean()


torch.manual_seed(0)
policy = Policy(4, 3)
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)
states, actions = torch.randn(32, 4), torch.randint(0, 2, (32,)) * 2
for _ in range(5):
    optimizer.zero_grad()
    probs = policy(states)
    chosen = probs[torch.arange(32), actions]
    loss = -(chosen + 1e-6).log().mean() - 0.01 * entropy_bonus(probs)
    loss.backward()
    optimizer.step()
