from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    yield {"body": first(program.body.variables)}
    yield {"body": program.body.variables}
