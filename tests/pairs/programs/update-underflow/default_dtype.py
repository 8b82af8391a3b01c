import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.bfloat16)
# fix:


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(12, 8)  # <- warning update-underflow: net.embed.weight
        self.norm = nn.BatchNorm1d(8, affine=True)  # <- update-underflow: net.norm.weight, net.out.*
        self.out = nn.Linear(8, 12)

    def forward(self, ids):
        return self.out(self.norm(self.embed(ids)))


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=2e-6)
ids = torch.arange(12)
for _ in range(4):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(ids), ids.roll(1)).backward()
    optimizer.step()
