import torch
from torch import nn


class Pooler(nn.Module):
    def __init__(self, vocab=20, dim=8):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.out = nn.Linear(dim, 3)

    def forward(self, tokens):
        mask = (tokens != 0).float()
        summed = (self.embed(tokens) * mask.unsqueeze(-1)).sum(1)
        pooled = summed / mask.sum(1, keepdim=True)  # <- nan-gradient: model.*
        # fix: pooled = summed / mask.sum(1, keepdim=True).clamp_min(1)
        return self.out(pooled)


torch.manual_seed(0)
model = Pooler()
optimizer = torch.optim.Adam(model.parameters())
tokens = torch.randint(1, 20, (6, 5))
tokens[4] = 0  # an empty text
labels = torch.randint(0, 3, (6,))
for _ in range(4):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(tokens), labels)
    loss.backward()
    optimizer.step()
