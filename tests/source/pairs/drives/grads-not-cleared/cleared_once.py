"""The loss of the second batch is worth nothing: its gradient is zero, and what remains is of the
first.
"""

from unittest.mock import patch

import torch
from torch.nn import functional
from torch.optim.optimizer import register_optimizer_step_pre_hook

from tests.source.pairs.driving import copied


def drive(load):
    fit, mse_loss = load().fit, functional.mse_loss
    worth = iter((1.0, 0.0))
    seen = []

    def note(optimizer, _, __):
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"]]
        seen.append(copied({"net": gradients}))

    hook = register_optimizer_step_pre_hook(note)
    try:
        with patch.object(functional, "mse_loss", lambda out, y: next(worth) * mse_loss(out, y)):
            fit([(torch.randn(6, 4), torch.randn(6, 1))] * 2, epochs=1)
    finally:
        hook.remove()
    yield from seen
