import torch
import torch.nn.functional as F
from torch import nn

TASKS = {"color": 3, "shape": 4}


class MultiTask(nn.Module):
    def __init__(self, tasks):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(6, 12), nn.SiLU())
        self.heads = {name: nn.Linear(12, n) for name, n in tasks.items()}  # <- unregistered-container: model.heads.color.*, model.heads.shape.*
        # fix: self.heads = nn.ModuleDict({name: nn.Linear(12, n) for name, n in tasks.items()})

    def forward(self, x):
        h = self.trunk(x)
        return {name: head(h) for name, head in self.heads.items()}


torch.manual_seed(0)
model = MultiTask(TASKS)
optimizer = torch.optim.Adam(model.parameters())
x = torch.randn(16, 6)
targets = {name: torch.randint(0, n, (16,)) for name, n in TASKS.items()}
for epoch in range(5):
    predictions = model(x)
    loss = sum(F.cross_entropy(predictions[name], targets[name]) for name in TASKS)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
