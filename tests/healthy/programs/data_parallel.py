"""nn.DataParallel on a machine without a GPU is a wrapper that does nothing."""

import torch
import torch.nn as nn

torch.manual_seed(0)
net = nn.DataParallel(nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1)))
optimizer = torch.optim.Adam(net.module.parameters(), lr=1e-3)
net.train()
for step in range(4):
    x = torch.randn(8, 6)
    loss = nn.functional.mse_loss(net(x).squeeze(-1), x.sum(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    print(step, loss.item())
torch.save(net.module.state_dict(), "/dev/null")
