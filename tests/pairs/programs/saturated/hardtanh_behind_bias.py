import torch
from torch import nn


def build(mean_angle):
    head = nn.Linear(16, 1)
    nn.init.constant_(head.bias, mean_angle)  # begin at the mean of the targets
    return nn.Sequential(nn.Linear(4, 16), nn.GELU(), head, nn.Hardtanh(-180.0, 180.0))


torch.manual_seed(0)
regressor = build(mean_angle=181.0 * 2)
# fix: regressor = build(mean_angle=18.0)
optimizer = torch.optim.Adam(regressor.parameters(), lr=1e-2)
criterion = nn.L1Loss()
x, angle = torch.randn(24, 4), 90 * torch.randn(24, 1)
for epoch in range(5):
    prediction = regressor(x)  # <- saturated: regressor.*
    loss = criterion(prediction, angle)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
