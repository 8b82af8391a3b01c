"""BYOL: an online network, its predictor, and a target network kept inside the same module."""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F


def mlp(i, h, o):
    return nn.Sequential(nn.Linear(i, h), nn.BatchNorm1d(h), nn.ReLU(inplace=True), nn.Linear(h, o))


class BYOL(nn.Module):
    def __init__(self, moment=0.99):
        super().__init__()
        self.online_encoder = nn.Sequential(nn.Linear(24, 32), nn.ReLU(), mlp(32, 32, 16))
        self.predictor = mlp(16, 32, 16)
        self.target_encoder = copy.deepcopy(self.online_encoder)
        for p in self.target_encoder.parameters():
            p.requires_grad = False
        self.moment = moment

    @torch.no_grad()
    def update_target(self):
        online = self.online_encoder.parameters()
        for o, t in zip(online, self.target_encoder.parameters(), strict=True):
            t.copy_(self.moment * t + (1 - self.moment) * o)

    def forward(self, a, b):
        pa, pb = self.predictor(self.online_encoder(a)), self.predictor(self.online_encoder(b))
        with torch.no_grad():
            ta, tb = self.target_encoder(a), self.target_encoder(b)
        loss = 2 - 2 * F.cosine_similarity(pa, tb.detach(), dim=-1)
        loss = loss + 2 - 2 * F.cosine_similarity(pb, ta.detach(), dim=-1)
        return loss.mean()


torch.manual_seed(0)
learner = BYOL()
opt = torch.optim.Adam(learner.parameters(), lr=3e-4)
for _ in range(5):
    images = torch.randn(32, 24)
    loss = learner(images + 0.1 * torch.randn_like(images), images * 0.9)
    opt.zero_grad()
    loss.backward()
    opt.step()
    learner.update_target()
    print(loss.item())
