"""What the optimizer does to the weight that the model has: its last step."""

from tests.source.pairs.moments import around_last_step


def drive(load):
    yield from around_last_step(load, "Cosine", lambda model: {"self.weight": model.weight})
