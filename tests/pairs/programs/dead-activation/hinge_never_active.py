"""A triplet loss on cosines whose margin has the wrong sign: cosines never differ by more than 2."""
import torch
import torch.nn.functional as F
from torch import nn


class TripletLoss(nn.Module):
    def __init__(self, margin):
        super().__init__()
        self.margin = margin

    def forward(self, anchor, positive, negative):
        near = F.cosine_similarity(anchor, positive)
        far = F.cosine_similarity(anchor, negative)
        return (far - near - self.margin).clamp(min=0).mean()  # <- dead-activation: embedder.*
        # fix: return (far - near + self.margin).clamp(min=0).mean()


class Trainer:
    def __init__(self, model, criterion):
        self.model, self.criterion = model, criterion
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)

    def step(self, *triplet):
        loss = self.criterion(*(self.model(x) for x in triplet))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
embedder = nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Linear(16, 8))
trainer = Trainer(embedder, TripletLoss(margin=2.5))
for _ in range(5):
    trainer.step(*torch.randn(3, 12, 6))
