import torch
from taps import FIR

torch.manual_seed(0)
filters = torch.nn.Sequential(torch.nn.Linear(6, 6), FIR({"low": [1, 2, 1], "high": [-1, 2, -1]}))
optimizer = torch.optim.Adam([p for p in filters.parameters() if p.requires_grad], lr=1e-2)
x, y = torch.randn(8, 6), torch.randn(8, 2, 4)
for _ in range(4):
    optimizer.zero_grad()
    (filters(x) - y).pow(2).mean().backward()
    optimizer.step()
