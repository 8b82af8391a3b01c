"""Linear probing: features come from an encoder under no_grad, only the head is optimized."""

import torch
import torch.nn as nn

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())
head = nn.Linear(32, 3)
encoder.eval()

optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
x, y = torch.randn(64, 16), torch.randint(0, 3, (64,))

for epoch in range(4):
    with torch.no_grad():
        features = encoder(x)
    logits = head(features)
    loss = nn.functional.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    accuracy = (logits.argmax(1) == y).float().mean().item()
    print(epoch, loss.item(), accuracy)
