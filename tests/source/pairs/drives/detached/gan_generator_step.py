from tests.source.pairs.moments import at_calls


def drive(load):
    called = []

    def values(model):
        called.append(model)
        return {"generator": called[0]}  # it is called before the critic

    return at_calls(load, "Sequential", values)
