"""p of nn.Dropout is what is dropped, not what is kept."""
import torch
from torch import nn


class MLP(nn.Module):
    def __init__(self, n_in, n_hidden, n_out, keep_prob=1.0):
        super().__init__()
        self.fc1 = nn.Linear(n_in, n_hidden)
        self.drop = nn.Dropout(keep_prob)
        # fix: self.drop = nn.Dropout(1.0 - keep_prob)
        self.fc2 = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        x = nn.functional.elu(self.fc1(x))
        x = self.drop(x)  # <- multiplied-by-zero: mlp.fc1.*, mlp.fc2.weight
        return self.fc2(x)


torch.manual_seed(0)
mlp = MLP(7, 12, 2)
mlp.train()
optimizer = torch.optim.Adam(mlp.parameters(), lr=1e-3)
x, y = torch.randn(20, 7), torch.randn(20, 2)
for _ in range(5):
    optimizer.zero_grad()
    ((mlp(x) - y) ** 2).mean().backward()
    optimizer.step()
