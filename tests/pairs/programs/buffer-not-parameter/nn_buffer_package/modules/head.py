import torch
import torch.nn.functional as F
from torch import nn


class CosineHead(nn.Module):
    """Class centers on the unit sphere."""

    def __init__(self, dim, classes):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(4.0))
        self.centers = nn.Buffer(torch.randn(classes, dim, requires_grad=True))  # <- buffer-not-parameter: model.2.centers
        # fix: self.centers = nn.Parameter(torch.randn(classes, dim))

    def forward(self, x):
        return self.scale * F.linear(F.normalize(x), F.normalize(self.centers))
