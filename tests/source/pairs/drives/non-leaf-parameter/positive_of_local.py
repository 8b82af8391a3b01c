import torch

from tests.source.pairs.moments import at_steps

RAISES = RuntimeError
"""The second step asks for the history of what was computed once."""


def drive(load):
    model = load().Thresholds(3)
    yield from at_steps(
        model,
        torch.randn(5, 8),
        lambda model: {
            f"self.{n}": getattr(model, n) for n in ("margin", "raw") if hasattr(model, n)
        },
    )
