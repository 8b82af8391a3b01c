import torch
from torch import nn


class Calibrator(nn.Module):
    """Scales another model's score, which goes from 0 to 100, into a probability."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.shift = nn.Parameter(torch.full((1,), 0.5))

    def forward(self, score):
        p = score * self.scale + self.shift
        return torch.clamp(p, 1e-3, 1 - 1e-3)  # <- saturated: calibrator.scale, calibrator.shift


torch.manual_seed(0)
calibrator = Calibrator()
optimizer = torch.optim.SGD(calibrator.parameters(), lr=0.1)
scores = 1.0 + 99 * torch.rand(50)
# fix: scores = 0.3 * torch.rand(50)
labels = (torch.rand(50) > 0.5).float()
for _ in range(5):
    loss = nn.functional.binary_cross_entropy(calibrator(scores), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
