from tests.source.pairs.moments import at_calls

RAISES = ValueError
"""PyTorch refuses an empty list."""


def drive(load):
    yield from at_calls(load, "Sequential", lambda model: {"model": model})
