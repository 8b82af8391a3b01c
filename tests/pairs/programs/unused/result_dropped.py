import torch
from torch import nn


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lift = nn.Linear(3, 6)
        self.refine = nn.Linear(6, 6)
        self.out = nn.Linear(6, 1)

    def forward(self, z):
        h = self.lift(z)
        torch.tanh(self.refine(h))  # <- unused: decoder.refine.weight, decoder.refine.bias
        # fix: h = torch.tanh(self.refine(h))
        return self.out(h)


torch.manual_seed(0)
decoder = Decoder()
sgd = torch.optim.SGD(decoder.parameters(), lr=0.05)
z, y = torch.randn(7, 3), torch.randn(7, 1)
for _ in range(5):
    sgd.zero_grad()
    nn.functional.mse_loss(decoder(z), y).backward()
    sgd.step()
