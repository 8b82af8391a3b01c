"""Normalized features against normalized class weights, with a learned scale."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class CosineClassifier(nn.Module):
    def __init__(self, dim, classes):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, dim))
        self.scale = nn.Parameter(torch.tensor(16.0))

    def forward(self, x):
        return self.scale * F.normalize(x, dim=-1) @ F.normalize(self.weight, dim=-1).t()


torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 6))
classifier = CosineClassifier(6, 4)
opt = torch.optim.Adam([*encoder.parameters(), *classifier.parameters()], lr=1e-3)
x, y = torch.randn(32, 8), torch.randint(0, 4, (32,))
for step in range(5):
    loss = F.cross_entropy(classifier(encoder(x)), y, label_smoothing=0.1)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
