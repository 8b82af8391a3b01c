from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    yield {"base": first(program.base.variables)}
    yield {"base": program.base.variables}
