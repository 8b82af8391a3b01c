"""The parentheses are missing: the method is named, not called."""
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Conv1d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(12, 2))
optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3)
x, y = torch.randn(6, 1, 6), torch.randint(0, 2, (6,))
for step in range(5):
    optimizer.zero_grad
    # fix: optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()  # <- warning grads-not-cleared: net.*
