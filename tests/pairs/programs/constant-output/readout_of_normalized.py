"""The mean over what a normalization gives is always zero; a second one stands in front of it."""
import torch
import torch.nn.functional as F
from torch import nn


class Regressor(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.embed = nn.Linear(width, hidden)
        self.encoder = nn.TransformerEncoderLayer(hidden, 4, 64, dropout=0.0, batch_first=True)
        self.norm = nn.LayerNorm(hidden, elementwise_affine=False)
        # fix: self.norm = nn.Linear(hidden, hidden)

    def forward(self, x):
        h = self.norm(self.encoder(self.embed(x)))
        return h.mean(-1).mean(-1)  # <- constant-output: model.*


torch.manual_seed(0)
model = Regressor(8, 32)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(4):
    x = torch.randn(16, 6, 8)
    loss = F.mse_loss(model(x), x.sum((1, 2)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
