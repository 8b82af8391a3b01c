import torch
from model import Policy
from torch import nn

torch.manual_seed(0)
policy = Policy()
optimizer = torch.optim.RMSprop(policy.parameters(), lr=1e-3)
states, returns = torch.randn(10, 4), torch.rand(10)
for episode in range(5):
    optimizer.zero_grad()
    values = policy(states)
    loss = nn.functional.smooth_l1_loss(values, returns)
    loss.backward()
    optimizer.step()
