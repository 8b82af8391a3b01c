"""Eight groups of eight channels at one position: every value is a group of its own."""
import torch
from torch import nn

torch.manual_seed(0)


def head(width, classes, groups=8):
    return nn.Sequential(nn.GroupNorm(groups, width), nn.SiLU(), nn.Linear(width, classes))


class Probe(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(6, 8)
        self.head = head(8, 3)
        # fix: self.head = head(8, 3, groups=2)

    def forward(self, x):
        return self.head(self.stem(x))  # <- constant-output: probe.stem.*, probe.head.0.weight


probe = Probe()
optimizer = torch.optim.AdamW(probe.parameters(), lr=1e-3, weight_decay=0.0)
x, y = torch.randn(32, 6), torch.randint(0, 3, (32,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(probe(x), y).backward()
    optimizer.step()
