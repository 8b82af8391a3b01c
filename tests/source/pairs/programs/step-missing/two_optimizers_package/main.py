import torch
from torch import nn

from trainer import Trainer

trainer = Trainer(nn.Linear(4, 2), nn.Linear(2, 4))
for _ in range(10):
    print(trainer.step(torch.randn(8, 4)))
