from tests.source.pairs.moments import at_calls


def drive(load):
    yield from at_calls(load, "PerLayer", lambda model: {"self.scales": model.scales})
