"""What autograd alone says of a program: which held tensors ever got a gradient worth the name."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import torch
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))


def untrained(program: Path) -> tuple[int, int]:
    """Run it; how many trainable tensors optimizers held, and how many of them got nothing."""
    held: dict[int, torch.Tensor] = {}
    trained: set[int] = set()

    def note(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        # LBFGS differentiates inside its step: what it starts from is what this sees.
        for group in optimizer.param_groups:
            for tensor in group["params"]:
                if tensor.requires_grad:
                    held[id(tensor)] = tensor
                    gradient = tensor.grad
                    if gradient is not None and gradient.to_dense().count_nonzero():
                        trained.add(id(tensor))

    handle = register_optimizer_step_pre_hook(note)
    try:
        runpy.run_path(str(program), run_name="__main__")
    finally:
        handle.remove()
    return len(held), len(held.keys() - trained)
