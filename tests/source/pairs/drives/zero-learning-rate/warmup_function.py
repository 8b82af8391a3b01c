"""The warm-up: the first 400 steps."""

from itertools import islice

from tests.source.pairs.moments import at_calls


def drive(load):
    yield from islice(at_calls(load, "Linear", lambda model: {"model": model}), 400)
