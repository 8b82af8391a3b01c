from torch import nn


def keep_positive(layer):
    layer.weight = nn.Parameter(layer.weight.data.clamp(min=0))  # <- replaced-variable: weight
    # fix: layer.weight.data.clamp_(min=0)
