from tests.source.pairs.moments import at_calls

RAISES = RuntimeError


def drive(load):
    yield from at_calls(
        load, "Net", lambda model: {"self.inner": model.inner, "self.outer": model.outer}
    )
