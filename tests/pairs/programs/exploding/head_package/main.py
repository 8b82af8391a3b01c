import torch
from zoo.mlp import MLP

torch.manual_seed(0)
model = MLP([12] + [48] * 9 + [1], init_gain=12.0)
# fix: model = MLP([12] + [48] * 9 + [1], init_gain=1.2)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.randn(32, 12), torch.randn(32, 1)
for _ in range(4):
    optimizer.zero_grad()
    (model(x) - y).abs().mean().backward()
    optimizer.step()
