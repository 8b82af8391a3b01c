"""Embeddings come frozen, the blocks are checkpointed to save memory, and no block trains.

A reentrant checkpoint gives its blocks a gradient only if one of its inputs asks for one.
"""

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        return x + self.mlp(self.norm(x))


class Encoder(nn.Module):
    def __init__(self, vocabulary=100, width=32, depth=2):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.embed.weight.requires_grad_(False)
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.head = nn.Linear(width, 2)

    def forward(self, tokens):
        x = self.embed(tokens)
        for block in self.blocks:
            x = checkpoint(block, x, use_reentrant=True)
        return self.head(x.mean(dim=1))


torch.manual_seed(0)
model = Encoder()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
tokens, labels = torch.randint(0, 100, (32, 16)), torch.randint(0, 2, (32,))

for step in range(20):
    loss = nn.functional.cross_entropy(model(tokens), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()

print(f"final loss {loss.item():.4f}")
