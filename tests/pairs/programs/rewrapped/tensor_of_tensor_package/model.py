import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore", message="To copy construct")


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 6)
        self.value = nn.Linear(6, 1)

    def forward(self, states):
        features = torch.tensor(self.body(states).tanh(), dtype=torch.float32)  # <- rewrapped: policy.body.weight, policy.body.bias
        # fix: features = self.body(states).tanh().to(torch.float32)
        return self.value(features).squeeze(-1)
