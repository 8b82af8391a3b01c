import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss = torch.tensor(loss.item(), requires_grad=True)  # <- left-framework: model.*
    # fix:
    loss.backward()
    optimizer.step()
