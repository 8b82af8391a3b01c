from tests.source.pairs.moments import at_calls


def drive(load):
    yield from at_calls(load, "Net", lambda net: {"self.fc": net.fc})
