"""The same encoder with a normalization that lets the gradient through."""

import torch
from torch import nn


def center(features):
    """Take the batch mean away."""
    return features - features.mean(dim=0).detach()


def to_unit_length(features):
    return features / features.norm(dim=-1, keepdim=True).clamp_min(1e-6)


def whiten(features):
    return to_unit_length(center(features))


def prepare(features, temperature):
    return whiten(features) / temperature


class Retriever(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(24, 48), nn.Tanh(), nn.Linear(48, 16))
        self.project = nn.Linear(16, 8)

    def forward(self, batch):
        features = self.encoder(batch)
        return self.project(prepare(features, temperature=0.5))


torch.manual_seed(0)
model = Retriever()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
batch, target = torch.randn(128, 24), torch.randn(128, 8)

for step in range(30):
    optimizer.zero_grad(set_to_none=True)
    loss = (model(batch) - target).pow(2).mean()
    loss.backward()
    optimizer.step()

print(f"final loss {loss.item():.4f}")
