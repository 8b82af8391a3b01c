"""An embedding of which few rows are read, a huge first layer and a tiny head, as in ranking."""

import torch
import torch.nn as nn


class Ranker(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(5000, 16)
        self.dense = nn.Linear(200, 16)
        self.tower = nn.Sequential(*[m for _ in range(4) for m in (nn.Linear(16, 16), nn.ReLU())])
        self.score = nn.Linear(16, 1)
        nn.init.normal_(self.score.weight, std=1e-3)

    def forward(self, item, features):
        return self.score(self.tower(self.items(item) + self.dense(features)))


torch.manual_seed(0)
model = Ranker()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
item, features, y = torch.randint(0, 5000, (8,)), torch.rand(8, 200), torch.rand(8, 1)
for step in range(4):
    loss = nn.functional.binary_cross_entropy_with_logits(model(item, features), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
