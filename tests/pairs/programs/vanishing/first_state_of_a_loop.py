"""What the first state says fades on its way back through forty times of a recurrent layer."""
import torch
import torch.nn.functional as F
from torch import nn


class Reader(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.start = nn.Linear(width, hidden)
        self.inputs = nn.Linear(width, hidden)
        self.recurrent = nn.Linear(hidden, hidden)
        nn.init.normal_(self.recurrent.weight, std=0.02)
        # fix: nn.init.orthogonal_(self.recurrent.weight)
        self.out = nn.Linear(hidden, 2)

    def forward(self, x):
        h = torch.tanh(self.start(x[:, 0]))  # <- warning vanishing: model.start.*
        for time in range(1, x.shape[1]):
            h = torch.tanh(self.recurrent(h) + 0.1 * self.inputs(x[:, time]))
        return self.out(h)


torch.manual_seed(0)
model = Reader(4, 32)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(4):
    x = torch.randn(16, 40, 4)
    loss = F.cross_entropy(model(x), (x[:, 0, 0] > 0).long())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
