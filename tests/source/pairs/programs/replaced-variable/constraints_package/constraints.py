from torch import nn
# fix+ import torch


def keep_positive(layer):
    layer.weight = nn.Parameter(layer.weight.data.clamp(min=0))  # <- replaced-variable: weight
    # fix: with torch.no_grad():
    # fix:     layer.weight.copy_(layer.weight.data.clamp(min=0))
