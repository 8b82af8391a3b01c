"""The same, with every parameter handed to Adam: it skips those without a gradient."""

import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(12, 24), nn.GELU(), nn.LayerNorm(24))

    def forward(self, x):
        return self.layers(x)


class Classifier(nn.Module):
    def __init__(self, encoder, classes):
        super().__init__()
        self.encoder = encoder
        self.encoder.requires_grad_(False)
        self.head = nn.Linear(24, classes)

    def forward(self, x):
        return self.head(self.encoder(x))


torch.manual_seed(0)
model = Classifier(Encoder(), 5)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(32, 12), torch.randint(0, 5, (32,))
for _ in range(4):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
