import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3, bias=False))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(16, 5), torch.randint(0, 3, (16,))

for step in range(5):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    # keep the class vectors on the unit sphere
    model[2].weight = nn.Parameter(F.normalize(model[2].weight.detach(), dim=1))  # <- replaced-variable: model.2.weight
    # fix: model[2].weight.data.copy_(F.normalize(model[2].weight.detach(), dim=1))
