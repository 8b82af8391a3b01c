import torch
import torch.nn.functional as F


def normalize(x):
    return F.normalize(x, dim=-1)


def bank(x):
    """Keys of the memory bank."""
    return torch.stack([row.detach() for row in normalize(x)])  # <- detached: model.text.weight, model.text.bias
    # fix: return torch.stack([row for row in normalize(x)])


def contrastive(queries, keys, temperature=0.1):
    logits = normalize(queries) @ bank(keys).t() / temperature
    return F.cross_entropy(logits, torch.arange(len(logits)))
