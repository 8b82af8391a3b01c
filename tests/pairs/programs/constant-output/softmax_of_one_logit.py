import torch
import torch.nn.functional as F
from torch import nn


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(2))
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        h = self.features(x).flatten(1)
        return F.softmax(self.head(h), dim=1)  # <- constant-output: detector.*
        # fix: return torch.sigmoid(self.head(h))


torch.manual_seed(0)
detector = Detector()
optimizer = torch.optim.Adam(detector.parameters(), lr=1e-3)
x, y = torch.randn(6, 1, 8, 8), torch.randint(0, 2, (6, 1)).float()
for _ in range(5):
    optimizer.zero_grad()
    F.mse_loss(detector(x), y).backward()
    optimizer.step()
