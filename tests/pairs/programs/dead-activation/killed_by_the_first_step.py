"""A count is never below 0, hence the ReLU at the end; a rate that was meant for SGD kills it in one step."""
import torch
from torch import nn


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.Flatten())
        self.head = nn.Linear(8 * 7 * 7, 1)

    def forward(self, x):
        return torch.relu(self.head(self.features(x))).squeeze(1)  # <- warning dead-activation: counter.*


torch.manual_seed(0)
counter = Counter()
optimizer = torch.optim.Adam(counter.parameters(), lr=0.3)
# fix: optimizer = torch.optim.Adam(counter.parameters(), lr=1e-3)
for step in range(5):
    pictures = torch.rand(16, 3, 16, 16)
    people = torch.poisson(torch.full((16,), 0.15))
    loss = nn.functional.mse_loss(counter(pictures), people)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
