from tests.source.pairs.moments import at_calls


def drive(load):
    yield from at_calls(load, "Gated", lambda model: {"self.gate": model.gate})
