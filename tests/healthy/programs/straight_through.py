"""Binary codes by a straight-through estimator."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class BinaryAutoencoder(nn.Module):
    def __init__(self, width=12, code=6):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(width, 16), nn.ReLU(), nn.Linear(16, code))
        self.decoder = nn.Sequential(nn.Linear(code, 16), nn.ReLU(), nn.Linear(16, width))

    def forward(self, x):
        logits = self.encoder(x)
        soft = torch.sigmoid(logits)
        hard = (soft > 0.5).float()
        code = hard + soft - soft.detach()
        return self.decoder(code)


torch.manual_seed(0)
model = BinaryAutoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
data = torch.randn(32, 12)

for step in range(5):
    optimizer.zero_grad()
    loss = F.mse_loss(model(data), data)
    loss.backward()
    optimizer.step()
    print(f"step {step} loss {loss.item():.4f}")
