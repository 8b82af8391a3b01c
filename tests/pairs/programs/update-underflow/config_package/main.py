import torch
from lib.model import Scaler
from torch import nn

CONFIG = {"channels": 5, "dtype": torch.bfloat16, "lr": 1e-4}
# fix: CONFIG = {"channels": 5, "dtype": torch.float32, "lr": 1e-4}

torch.manual_seed(0)
net = Scaler(CONFIG["channels"], CONFIG["dtype"])
optimizer = torch.optim.Adam(net.parameters(), lr=CONFIG["lr"])
x, y = torch.randn(12, 5), torch.randn(12, 5)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    optimizer.step()
