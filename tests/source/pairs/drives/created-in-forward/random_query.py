"""The query that the first call goes with."""

from tests.source.pairs.moments import first_parameter


def drive(load):
    yield from first_parameter(load, "query")
