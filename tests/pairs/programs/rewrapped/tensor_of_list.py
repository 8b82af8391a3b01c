import torch
from torch import nn


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(5, 3)
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, pairs):
        distances = [torch.dist(self.embed(a), self.embed(b)) for a, b in pairs]
        return self.scale * torch.tensor(distances)  # <- rewrapped: model.embed.weight
        # fix: return self.scale * torch.stack(distances)


torch.manual_seed(0)
model = Siamese()
# The bias cancels in a difference: it is left out.
model.embed.bias = None
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
pairs, target = [torch.randn(2, 5) for _ in range(6)], torch.rand(6)
for _ in range(4):
    opt.zero_grad()
    (model(pairs) - target).pow(2).mean().backward()
    opt.step()
