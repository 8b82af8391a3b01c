import torch
from layers import ResidualNet

torch.manual_seed(0)
model = ResidualNet(depth=2, dim=5)
opt = torch.optim.RMSprop(model.parameters(), lr=1e-3)
x, y = torch.randn(7, 5), torch.randn(7, 5)
for _ in range(5):
    opt.zero_grad()
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    opt.step()
