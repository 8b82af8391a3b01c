"""A sparse autoencoder: most units are off for most inputs, some for all of a batch."""

import torch
import torch.nn as nn


class SparseAutoencoder(nn.Module):
    def __init__(self, n=16, hidden=64):
        super().__init__()
        self.encoder = nn.Linear(n, hidden)
        self.decoder = nn.Linear(hidden, n)
        nn.init.constant_(self.encoder.bias, -1.0)

    def forward(self, x):
        codes = torch.relu(self.encoder(x))
        return self.decoder(codes), codes


torch.manual_seed(0)
model = SparseAutoencoder()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(5):
    x = torch.randn(32, 16)
    out, codes = model(x)
    loss = (out - x).pow(2).mean() + 1e-3 * codes.abs().sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item(), (codes > 0).float().mean().item())
