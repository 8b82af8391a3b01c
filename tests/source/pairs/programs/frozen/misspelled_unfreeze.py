import torch
from torch import nn


class Stage(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8, 2)


def unfreeze_last(model):
    model.fc.weight.requires_grads = True  # <- frozen: model.fc.weight
    # fix: model.fc.weight.requires_grad = True
    model.fc.bias.requires_grad = True


model = Stage()
for p in model.parameters():
    p.requires_grad = False
unfreeze_last(model)
torch.save(model.state_dict(), "model.pt")
