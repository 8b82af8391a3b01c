"""The layer that the first call goes through is the one whose weights are told."""

import torch
from torch import nn

from tests.source.pairs.lightning_fit import fit


def drive(load):
    model = load().MultiTask(["a", "b"])
    called = []
    hook = nn.modules.module.register_module_forward_pre_hook(
        lambda layer, _: called.append(layer) if getattr(layer, "out_features", 0) == 1 else None
    )
    x, targets = torch.randn(6, 8), {"a": torch.randn(6, 1), "b": torch.randn(6, 1)}
    try:
        model.training_step((x, targets), 0)
        yield {"layer": called[0]}
        fit(model, (x, targets))
    finally:
        hook.remove()
    yield {"layer": called[0]}
