"""CLIP's logit scale, kept in half precision with the rest."""
import math

import torch
from torch import nn
import torch.nn.functional as F


class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Linear(12, 8)
        self.text = nn.Linear(10, 8)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(100.0)).bfloat16())  # <- update-underflow: clip.logit_scale
        # fix: self.logit_scale = nn.Parameter(torch.tensor(math.log(100.0)))

    def forward(self, image, text):
        a, b = F.normalize(self.image(image), dim=-1), F.normalize(self.text(text), dim=-1)
        return self.logit_scale.float().exp() * a @ b.t()


torch.manual_seed(0)
clip = Clip()
optimizer = torch.optim.Adam(clip.parameters(), lr=5e-4)
image, text, labels = torch.randn(8, 12), torch.randn(8, 10), torch.arange(8)
for _ in range(4):
    optimizer.zero_grad()
    logits = clip(image, text)
    loss = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2
    loss.backward()
    optimizer.step()
