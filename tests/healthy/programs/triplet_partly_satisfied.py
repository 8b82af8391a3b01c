"""Most triplets satisfy the margin from the start, some never do."""

import torch
import torch.nn as nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
criterion = nn.TripletMarginLoss(margin=0.05)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(5):
    anchor, positive, negative = torch.randn(3, 24, 8)
    positive = anchor + 0.3 * positive
    loss = criterion(net(anchor), net(positive), net(negative))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
