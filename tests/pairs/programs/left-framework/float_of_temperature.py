import torch
import torch.nn.functional as F
from torch import nn


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 3)
        self.log_temperature = nn.Parameter(torch.tensor(0.3))

    def forward(self, x):
        temperature = float(self.log_temperature.exp())  # <- left-framework: scorer.log_temperature
        # fix: temperature = self.log_temperature.exp()
        return self.lin(x) / temperature


torch.manual_seed(0)
scorer = Scorer()
sgd = torch.optim.SGD(scorer.parameters(), lr=0.1)
x, y = torch.randn(10, 4), torch.randint(0, 3, (10,))
for _ in range(4):
    sgd.zero_grad()
    F.cross_entropy(scorer(x), y).backward()
    sgd.step()
