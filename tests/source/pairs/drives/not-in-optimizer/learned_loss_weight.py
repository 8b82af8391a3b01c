from tests.source.pairs.moments import first_parameter


def drive(load):
    yield from first_parameter(load, "log_sigma")
