import torch
import torch.nn.functional as F
from torch import nn


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(5, 8)
        self.main = nn.Linear(8, 3)
        self.aux = nn.Linear(8, 1)

    def forward(self, x):
        h = torch.tanh(self.trunk(x))
        return self.main(h), self.aux(h)


torch.manual_seed(0)
model = TwoHeads()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y, z = torch.randn(8, 5), torch.randint(0, 3, (8,)), torch.randn(8, 1)
for _ in range(5):
    optimizer.zero_grad()
    main, aux = model(x)
    loss = F.cross_entropy(main, y) + 0.5 * F.mse_loss(aux, z).item()  # <- left-framework: model.aux.weight, model.aux.bias
    # fix: loss = F.cross_entropy(main, y) + 0.5 * F.mse_loss(aux, z)
    loss.backward()
    optimizer.step()
