import torch
import torch.nn.functional as F
from torch import nn


def pick(scores, k=1):
    _, index = scores.topk(k, dim=-1)  # <- non-differentiable-op: chooser.score.weight
    # fix: index = scores.softmax(dim=-1)
    return F.one_hot(index, scores.size(-1)).sum(1).to(scores.dtype)
    # fix: return index


class Chooser(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(4, 3, bias=False)
        self.options = nn.Linear(3, 2)

    def forward(self, x):
        return self.options(pick(self.score(x)))


torch.manual_seed(0)
chooser = Chooser()
optimizer = torch.optim.AdamW(chooser.parameters(), lr=1e-2)
x, y = torch.randn(8, 4), torch.randn(8, 2)
for _ in range(5):
    optimizer.zero_grad()
    F.mse_loss(chooser(x), y).backward()
    optimizer.step()
