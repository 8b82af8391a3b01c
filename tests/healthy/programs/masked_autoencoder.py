"""Patches are hidden at random, and a learned token stands for them."""

import torch
from torch import nn


def transformer(width, depth):
    layer = nn.TransformerEncoderLayer(
        width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)


class MaskedAutoencoder(nn.Module):
    def __init__(self, patches=16, pixels=12, width=32):
        super().__init__()
        self.embed = nn.Linear(pixels, width)
        self.position = nn.Parameter(torch.randn(1, patches, width) * 0.02)
        self.hidden = nn.Parameter(torch.zeros(width))
        self.encoder, self.decoder = transformer(width, 2), transformer(width, 1)
        self.head = nn.Linear(width, pixels)

    def forward(self, x, keep=4):
        batch, count, _ = x.shape
        h = self.embed(x) + self.position
        width = h.shape[-1]
        order = torch.rand(batch, count).argsort(1)
        back = order.argsort(1)
        seen = h.gather(1, order[:, :keep, None].expand(-1, -1, width))
        rest = self.hidden.expand(batch, count - keep, -1)
        full = torch.cat([self.encoder(seen), rest], 1)
        full = full.gather(1, back[..., None].expand(-1, -1, width))
        made = self.head(self.decoder(full + self.position))
        mask = torch.ones(batch, count)
        mask[:, :keep] = 0
        mask = mask.gather(1, back)
        return (((made - x) ** 2).mean(-1) * mask).sum() / mask.sum()


torch.manual_seed(0)
model = MaskedAutoencoder()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(5):
    loss = model(torch.randn(8, 16, 12))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
