from tests.source.pairs.moments import at_calls


def drive(load):
    yield from at_calls(load, "Linear", lambda model: {"model": model})
