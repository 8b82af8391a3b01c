import torch
from torch import nn


class Codec(nn.Module):
    def __init__(self, width=6, levels=8):
        super().__init__()
        self.analysis = nn.Sequential(nn.Linear(width, 12), nn.GELU(), nn.Linear(12, 3))
        self.synthesis = nn.Linear(3, width)
        self.levels = levels

    def quantize(self, y):
        return torch.round(y * self.levels) / self.levels  # <- non-differentiable-op: codec.analysis.*
        # fix: return ((y * self.levels) + (torch.round(y * self.levels) - (y * self.levels)).detach()) / self.levels

    def forward(self, x):
        y = self.quantize(self.analysis(x))
        return self.synthesis(y)


torch.manual_seed(0)
codec = Codec()
optimizer = torch.optim.Adam(codec.parameters(), lr=1e-2)
images = torch.rand(32, 6)
for batch in images.split(8):
    distortion = nn.functional.mse_loss(codec(batch), batch)
    optimizer.zero_grad(set_to_none=True)
    distortion.backward()
    optimizer.step()
