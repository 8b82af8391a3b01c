"""Three sigmoid layers, as in the textbooks: smaller gradients below, and nothing to complain of."""

import torch
import torch.nn as nn

torch.manual_seed(0)
layers = [nn.Linear(12, 24), nn.Sigmoid(), nn.Linear(24, 24), nn.Sigmoid(), nn.Linear(24, 24), nn.Sigmoid()]
model = nn.Sequential(*layers, nn.Linear(24, 5))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
x, y = torch.rand(32, 12), torch.randint(0, 5, (32,))
for step in range(4):
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
