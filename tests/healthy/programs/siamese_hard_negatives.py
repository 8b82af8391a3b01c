"""Hard negatives are mined under no_grad with NumPy, then trained on."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 6))
        self.log_scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return F.normalize(self.net(x), dim=-1)


def mine(embeddings, labels):
    e = embeddings.detach().cpu().numpy()
    sim = e @ e.T
    sim[labels[:, None] == labels[None, :]] = -np.inf
    return torch.as_tensor(sim.argmax(axis=1))


rng = np.random.default_rng(0)
torch.manual_seed(0)
model = Embedder()
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(4):
    labels = np.repeat(np.arange(4), 4)
    x = torch.as_tensor(rng.normal(size=(16, 10)) + labels[:, None], dtype=torch.float32)
    z = model(x)
    hard = mine(z, labels)
    positive = torch.roll(torch.arange(16).view(4, 4), 1, dims=1).flatten()
    gap = (z * z[hard]).sum(1) - (z * z[positive]).sum(1)
    loss = F.softplus(model.log_scale.exp() * gap).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
