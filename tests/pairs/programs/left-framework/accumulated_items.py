"""The auxiliary losses are summed up as Python numbers, two calls down."""
import torch
from torch import nn


class Sparse(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Linear(5, 5)
        self.gates = nn.ParameterList(nn.Parameter(torch.randn(5)) for _ in range(2))

    def forward(self, x):
        return self.down(x)

    def penalty(self):
        total = 0.0
        for gate in self.gates:
            total += self.norm(gate)
        return total

    def norm(self, gate):
        return torch.sigmoid(gate).sum().item()  # <- left-framework: model.gates.0, model.gates.1
        # fix: return torch.sigmoid(gate).sum()


torch.manual_seed(0)
model = Sparse()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
x, y = torch.randn(6, 5), torch.randn(6, 5)
for _ in range(5):
    optimizer.zero_grad()
    loss = (model(x) - y).pow(2).mean() + 0.1 * model.penalty()
    loss.backward()
    optimizer.step()
