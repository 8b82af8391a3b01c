"""What is meant here does not train. It is told whether the backbone got gradients: that is so of
every layer that is new, and stays so where the program is broken.
"""

from tests.source.pairs.moments import around_last_step


def drive(load):
    yield {"self.backbone": [True] * 4}
    yield from around_last_step(
        load,
        "FineTuned",
        lambda model: {"self.backbone": [p.grad is not None for p in model.backbone.parameters()]},
    )
