import numpy as np
import torch
from torch import nn


def smooth(features):
    array = features.detach().cpu().numpy()  # <- left-framework: model.conv.weight, model.conv.bias
    # fix: kernel = torch.ones(1, 1, 3) / 3
    padded = np.pad(array, ((0, 0), (1, 1)), mode="edge")
    # fix: padded = nn.functional.pad(features[:, None], (1, 1), mode="replicate")
    averaged = (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3
    # fix: averaged = nn.functional.conv1d(padded, kernel)[:, 0]
    return torch.from_numpy(averaged)
    # fix: return averaged


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 3)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        return self.fc(smooth(self.conv(x).squeeze(1)))


torch.manual_seed(0)
model = Net()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
x, y = torch.randn(8, 1, 8), torch.randint(0, 2, (8,))
for _ in range(5):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
