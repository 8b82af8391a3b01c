from tests.source.pairs.moments import at_calls


def drive(load):
    yield from at_calls(
        load().main, "Tagger", lambda model: {"self.query": model.query, "self.rnn": model.rnn}
    )
