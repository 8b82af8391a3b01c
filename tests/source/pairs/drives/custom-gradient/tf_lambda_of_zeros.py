from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    yield {"w": first([program.w])}
    yield {"w": [program.w]}
