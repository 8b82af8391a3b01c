"""A sinusoidal table in a plain attribute, and a causal mask in another."""

import math

import torch
import torch.nn as nn


class TransformerLM(nn.Module):
    def __init__(self, vocab=40, dim=16, heads=2, layers=2, max_len=32):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        position = torch.arange(max_len).unsqueeze(1)
        div = torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
        pe = torch.zeros(max_len, dim)
        pe[:, 0::2] = torch.sin(position * div)
        pe[:, 1::2] = torch.cos(position * div)
        self.pe = pe
        self.mask = torch.triu(torch.full((max_len, max_len), float("-inf")), diagonal=1)
        layer = nn.TransformerEncoderLayer(dim, heads, 32, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.head = nn.Linear(dim, vocab)
        self.scale = math.sqrt(dim)

    def forward(self, ids):
        n = ids.size(1)
        h = self.embed(ids) * self.scale + self.pe[:n]
        return self.head(self.encoder(h, mask=self.mask[:n, :n]))


torch.manual_seed(0)
model = TransformerLM()
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(4):
    ids = torch.randint(0, 40, (3, 11))
    logits = model(ids[:, :-1])
    loss = nn.functional.cross_entropy(logits.reshape(-1, 40), ids[:, 1:].reshape(-1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
