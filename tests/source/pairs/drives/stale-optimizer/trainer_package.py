from tests.source.pairs.moments import at_calls


def drive(load):
    yield from at_calls(load, "Model", lambda model: {"self.classifier": model.classifier})
