import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.out = nn.Linear(8, 2)

    def forward(self, state):
        return self.out(torch.relu(self.body(state)))


torch.manual_seed(0)
online, target = Net(), Net()
target.load_state_dict(online.state_dict())
optimizer = torch.optim.Adam(target.parameters(), lr=1e-2)  # <- not-in-optimizer: online.*
# fix: optimizer = torch.optim.Adam(online.parameters(), lr=1e-2)
for _ in range(3):
    state, following, reward = torch.randn(8, 4), torch.randn(8, 4), torch.randn(8, 1)
    with torch.no_grad():
        wanted = reward + 0.9 * target(following).amax(1, keepdim=True)
    loss = (online(state).amax(1, keepdim=True) - wanted).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
