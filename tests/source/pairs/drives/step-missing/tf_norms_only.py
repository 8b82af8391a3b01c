from tests.source.pairs.tf_steps import noting


def drive(load):
    with noting() as first:
        program = load()
    variables = [each for layer in program.layers for each in layer.variables]
    yield {"layers": first(variables)}
    yield {"layers": variables}
