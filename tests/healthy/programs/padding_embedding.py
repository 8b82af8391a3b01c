"""The padding row never gets a gradient, and most rows are not in these batches."""

import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, vocabulary=200):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 8, padding_idx=0)
        self.position = nn.Embedding(64, 8)
        self.fc = nn.Linear(8, 2)

    def forward(self, tokens):
        mask = (tokens != 0).float().unsqueeze(-1)
        h = self.embedding(tokens) + self.position(torch.arange(tokens.size(1)))
        return self.fc((h * mask).sum(1) / mask.sum(1))


torch.manual_seed(0)
model = Classifier()
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(5):
    tokens = torch.randint(1, 20, (6, 9))
    tokens[:, 5:] = 0
    loss = nn.functional.cross_entropy(model(tokens), torch.randint(0, 2, (6,)))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
