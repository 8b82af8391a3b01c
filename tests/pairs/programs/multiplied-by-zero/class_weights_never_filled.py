"""Class weights in a buffer that is to be filled from the data, and never is."""
import torch
import torch.nn.functional as F
from torch import nn


class TwoTasks(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.trunk = nn.Linear(width, 16)
        self.topic = nn.Linear(16, 2)
        self.tone = nn.Linear(16, 3)
        self.register_buffer("tone_weights", torch.zeros(3))
        # fix: self.register_buffer("tone_weights", torch.ones(3))

    def forward(self, x):
        h = torch.tanh(self.trunk(x))
        return self.topic(h), self.tone(h)

    def loss(self, x, topics, tones):
        topic, tone = self(x)
        weights = self.tone_weights
        second = F.cross_entropy(tone, tones, weights, reduction="sum")  # <- multiplied-by-zero: model.tone.*
        return F.cross_entropy(topic, topics) + second / len(x)


torch.manual_seed(0)
model = TwoTasks(8)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(4):
    x = torch.randn(16, 8)
    loss = model.loss(x, torch.randint(0, 2, (16,)), torch.randint(0, 3, (16,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
