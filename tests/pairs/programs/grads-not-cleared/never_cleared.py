import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
for _ in range(5):
    loss = nn.functional.cross_entropy(model(x), y)
    # fix+ optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # <- warning grads-not-cleared: model.*
