import torch
import torch.nn.functional as F
from layers import LoRALinear
from torch import nn


def build():
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), LoRALinear(8, 3, rank=2))


if __name__ == "__main__":
    torch.manual_seed(0)
    model = build()
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
    x, y = torch.randn(16, 6), torch.randint(0, 3, (16,))
    for _ in range(5):
        opt.zero_grad()
        F.cross_entropy(model(x), y).backward()
        opt.step()
