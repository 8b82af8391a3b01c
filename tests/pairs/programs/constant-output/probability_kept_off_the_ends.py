"""One logit in a softmax, and a clamp behind it: two ops in a row that let no gradient through."""
import torch
import torch.nn.functional as F
from torch import nn


class Detector(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv1d(channels, 8, 3)
        self.score = nn.Linear(8, 1)

    def forward(self, x):
        h = torch.relu(self.conv(x)).amax(-1)
        return torch.softmax(self.score(h), dim=1)  # <- constant-output: detector.*
        # fix: return torch.sigmoid(self.score(h))


torch.manual_seed(0)
detector = Detector(4)
optimizer = torch.optim.Adam(detector.parameters(), lr=1e-3)
for _ in range(4):
    x, y = torch.randn(16, 4, 20), torch.randint(0, 2, (16, 1)).float()
    p = detector(x).clamp(1e-6, 1 - 1e-6)  # <- note saturated: detector.*
    loss = F.binary_cross_entropy(p, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
