"""An auto-decoder: every sample has a code of its own, and only the decoder is handed over."""
import torch
from torch import nn

torch.manual_seed(0)
targets = torch.rand(12, 20)
codes = torch.randn(12, 4, requires_grad=True)
decoder = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 20))
optimizer = torch.optim.Adam(decoder.parameters(), lr=1e-2)  # <- warning not-in-optimizer: codes
# fix: optimizer = torch.optim.Adam([codes, *decoder.parameters()], lr=1e-2)
for epoch in range(4):
    chosen = torch.randperm(12)[:6]
    loss = (decoder(codes[chosen]) - targets[chosen]).square().mean()
    loss = loss + 1e-3 * codes[chosen].square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
