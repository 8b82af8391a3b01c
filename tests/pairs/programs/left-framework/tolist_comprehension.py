import torch
from torch import nn


class Combine(nn.Module):
    def __init__(self, n=3):
        super().__init__()
        self.experts = nn.ModuleList(nn.Linear(4, 2) for _ in range(n))
        self.mix = nn.Parameter(torch.randn(n))

    def forward(self, x):
        weights = torch.softmax(self.mix, 0).tolist()  # <- left-framework: model.mix
        # fix: weights = torch.softmax(self.mix, 0)
        return sum(w * expert(x) for w, expert in zip(weights, self.experts))


torch.manual_seed(0)
model = Combine()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 4), torch.randn(8, 2)
for step in range(5):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
