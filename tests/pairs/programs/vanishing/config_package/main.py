import torch
from nets.build import build
from torch import nn

config = {"inputs": 6, "width": 10, "depth": 14, "outputs": 3, "activation": "sigmoid", "norm": False}
# fix: config = {"inputs": 6, "width": 10, "depth": 14, "outputs": 3, "activation": "sigmoid", "norm": True}

torch.manual_seed(0)
model = build(config)
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
x, y = torch.randn(32, 6), torch.randint(0, 3, (32,))
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()  # <- warning vanishing: model.[02468].*, model.1[02468].*
    optimizer.step()
